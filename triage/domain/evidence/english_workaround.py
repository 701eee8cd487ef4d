"""How customers say in English whether there is a workaround.

Read from top to bottom: what is only asked for, what is no longer needed, none by name, none by what was tried in
vain, there is one by name, and there is one by what people do meanwhile.
"""

from __future__ import annotations

from triage.domain.evidence.rules import OUTRIGHT, TOLD, Place, Rule, Scope, Table

VOCABULARY = {
    "wa": r"work-? ?arr?ounds?|way[- ]a?round|ways[- ]a?round|wa",
    # Other words for it; they count where somebody denies or offers one.
    "way": r"""
        work-? ?arr?ounds?|way[- ]a?round|ways[- ]a?round|way out|alternatives?|fallbacks?|fall-backs?|plan b
        plan-b|backup plan|escape|option|options|manual (?:way|process|path|procedure|alternative|mode|fallback)
        offline (?:mode|process)|bypass|stopgap|stop-gap|mitigations?|interim (?:solution|fix)
        temporary (?:solution|fix|measure|remedy)|quick fix|remedy|substitute
        other (?:way|route|path|means|method|possibility|tool)|second (?:way|route|channel|site|system|line)
        paper (?:process|fallback|mode)|second system|spare|trick|hack|means
    """,
    "adj": r"""
        any|a|an|some|the|this|that|these|our|my|your|their|known|obvious|real|feasible|viable|acceptable
        working|possible|usable|practical|practicable|reasonable|good
        supported|official|easy|simple|quick|useful|valid|reliable|safe|manual|temporary|short[- ]term|sensible
        realistic|functional|such|further|effective|available|workable|other|technical|at all|single|suitable
        apparent|meaningful|decent|clean|proper|permanent|legal
    """,
    "lasting": r"""
        permanent|proper|clean|real|nice|good|long[- ]term|perfect|elegant|complete|full|official|automatic
        lasting|better
    """,
    "remedy": r"""
        restart(?:s|ed|ing)?|re-start(?:s|ed|ing)?|reboot(?:s|ed|ing)?|bounc(?:e|ed|ing)
        roll(?:ed|ing|s)?[- ]?back|rollbacks?|roll (?:it|this|that|everything|the \w+) back
        rolled (?:it|this|that|everything|the \w+|\w+) back|revert(?:s|ed|ing)?|downgrad(?:e|ed|ing|es)
        pin(?:ned|ning)?
        clear(?:ed|ing|s)?(?: the| all| our)? (?:\w+ )?caches?|flush(?:ed|ing)?|reinstall(?:ed|ing|ation)?
        fail(?:ed|ing)?[- ]?over|failovers?|switch(?:ed|ing)?(?: back| over)?|disabl(?:e|ed|ing)
        scal(?:ed|ing|e)(?: up| out| down)?
        recreat(?:ed|ing|e)|re-?index(?:ed|ing)?|increas(?:ed|ing|e)|patch(?:ed|ing)?|kill(?:ed|ing)?
        power[- ]?cycl(?:ed|ing|e)|reset(?:ting|s)?|rebuil(?:t|ding|d)|re-?deploy(?:ed|ing|ment)?
        replac(?:ed|ing|e)|upgrad(?:e|ed|ing)
        recover(?:y|ed|ing)?|restor(?:e|ed|ing)(?: (?:from )?(?:the |a )?backups?)?|updat(?:ed|ing)
        delet(?:ed|ing)|chang(?:ed|ing)|remov(?:ed|ing)|reconnect(?:ed|ing)?|re-?sync(?:ed|ing)?
        unplug(?:ged|ging)?|adding|added|changed|disconnect(?:ed|ing)?|re-?run(?:ning)?|retry(?:ing)?|retried
        moving|moved|the (?:other|second|secondary|standby|backup) (?:\w+)
    """,
    "helps": r"""
        help(?:s|ed)|work(?:s|ed)|fix(?:es|ed)|solv(?:es|ed)|resolv(?:es|ed)|cure[sd]?|clears?|cleared|restores?
        restored|suffices?|mitigates?|mitigated|unblocks?|unblocked|bypasses|bypassed|avoids?|avoided|prevents?
        prevented|eliminates?|relieves?|calmed|buys? us
        brings? (?:\w+ ){1,3}back|brought (?:\w+ ){1,3}back
        gets? (?:\w+ ){1,3}(?:going|running|working|moving|back|through)
        got (?:\w+ ){1,3}(?:going|running|working|moving|back|through)
        makes? (?:\w+ ){1,3}(?:work|go away|usable|disappear)|stops? (?:the|it|this|that|these|those)
        stopped (?:the|it|this|that|these)
        does the (?:trick|job)|did the (?:trick|job)|goes through|went through|goes? away|went away|disappears?
        disappeared|is gone|are gone|keeps? (?:\w+ ){1,3}(?:running|alive|going|stable|up|afloat|working)
        kept (?:\w+ ){1,3}(?:running|alive|going|stable|up)|buys|recovers?|recovered|comes? back|came back
        back to normal|runs? again|works? again|is fine|are fine|it's fine|is stable|stable again|calm
    """,
    "no_help": r"""
        (?:then|and) (?:it|they)(?: \w+){0,2} (?:dies?|crash(?:es)?|fails?|hangs?|stops?)(?: \w+)? (?:again|immediately|at once)
        (?:is|are|was|were)(?:n't| not) helping
        (?:did|does|do|has|have|would|will|is|was|are)(?:n't| not|nt)(?: \w+){0,2}? (?:help\w*|work\w*|fix\w*|solve\w*|resolve\w*|change (?:anything|a thing|it|that|much)|changed (?:anything|a thing|it|that)|make (?:a|any) difference|made (?:a|any) difference|improve\w*|cure\w*|start|succeed\w*|stop(?:ped)? (?:it|the|this)|bring\w* (?:it|them|anything)|possible|any good|do anything|possible either|doing anything|clear\w*|recover\w*|last\w*)
        (?:has|had|have|with|brought|brings|makes|made|to|of|was|were|is|are|show(?:s|ed)?) (?:absolutely |exactly )?(?:no|zero|little) (?:effect|difference|success|avail|luck|change|improvement|result|use|help|impact|joy|relief)
        without (?:any )?(?:effect|success|luck|result|improvement|change|avail|difference)|in vain|to no avail
        no luck|no success|no effect|no change|no improvement|no difference|no joy|no dice
        same (?:result|error|problem|outcome|issue|story|behaviou?r|thing|crash)|makes? it worse
        made (?:it|things|matters) worse|useless|fruitless|unsuccessful(?:ly)?
        (?:also |too |all |both |it |that |this |which |rollback |rolling back |restart |restore |failover |downgrade |attempts? (?:\w+ )*|\w+ing )fail(?:s|ed)?(?! over)
        fail(?:s|ed) (?:too|as well|also|with|at|again|every|each|immediately|for|because)|failed$|refused
        refuses|rejected|declined|denied|denies|aborts?|aborted|ineffective
        (?:rollback|restart|restore|failover|update|upgrade) hangs?
        (?:comes?|came|returns?|returned|appears?|reappears?|is|are)(?: \w+)? (?:right|straight|directly|immediately|instantly|always) (?:back|again)
        ditto|still (?:the )?same
        (?:it|that|they|these) (?:\w+ )?(?:changed|changes|did|does|do|made|brought|bring) nothing|worse|gave up
        give up|recreated by|undone|overwritten|not an option|impossible|not possible|is blocked|errors? out
        times? out
        (?:it|they|problem|error|issue|the \w+) (?:\w+ )?(?:comes?|came|returns?|returned|is|was|are|were) (?:\w+ )?(?:back|again)(?: \w+)* (?:at once|immediately|within (?:seconds|a minute|minutes)|right away|instantly|straight away|after (?:seconds|a few seconds|two minutes))
        (?:immediately|instantly|still) (?:crash\w*|fails?|the same|broken|down|happens|persists?|there|hangs?|shows|appears|failing)
        gets? overwritten|is overwritten|was overwritten
    """,
    "tried": r"""
        whatever (?:we|i|you)(?: \w+)?|no matter (?:what|how|which)|tried|have tried|has tried|had tried
        attempt(?:ed|s|ing)?|trying|tested|went through|exhausted|done everything|followed|applied|we did
    """,
    "cannot": r"""
        cant|can(?:'t|not| not| no longer)|could ?n(?:'t|ot)|could not|unable to|not able to|not allowed to
        must not|mustn't|may not|not possible to|impossible to|no way to|no longer able to|not permitted to
        won't let us|refuses? to|do(?:es)?(?: not|n't) (?:let|allow) (?:us )?(?:to )?
    """,
    "not_any": r"""
        (?:do|does|did|have|has|had|could|can|is|are|was|were|see|know|knows|found|find)(?:n't| not|not| no)
        know of no|see no|found no|have no|has no|there(?:'s| is| are| was) no|lack|lacks
        nobody (?:has|knows|found)|no one (?:has|knows|found)|not aware of|cannot find|can't find|couldn't find
        could not find|not found|unaware of|never found|haven't got|not got|unable to find
    """,
    "rollback_word": r"rollback|roll-?back|fallback|fall-back|downgrade|failover",
}

SCOPES = (
    Scope(
        "asks",
        Place.CLAUSE,
        r"""
        (?:is|are|was|were|be) there(?: \w+){0,4} (?:{way})
        (?:any|some)(?:one|body)(?: \w+){0,3} (?:know|idea|have|found|aware|hint)
        (?:do|does|did|can|could|would|will) (?:you|anyone|anybody|someone|somebody|support)
        what (?:is|are|would|could|can)|how (?:do|can|could|to|would|should|is)
        (?:looking|searching|asking|ask|asks|waiting|hoping|hope|need|needs|want|wants|request|requesting|require|grateful|appreciate|wish|happy|glad|thankful|eager|desperate)(?: \w+){0,4} (?:for|about|a|an|any|some|to)
        please (?:\w+ ){0,3}(?:provide|suggest|send|give|advise|share|propose|offer|tell|help|let|recommend|find|come|confirm|check)
        (?:suggest|provide|propose|recommend|offer|give us|send us|tell us|give me|send me|tell me|let us know|let me know|point us|advise|come up with)
        if (?:there|you|anyone|possible|any)|whether|curious|wonder\w*|until you|maybe you
        any (?:\w+ )?(?:workaround|advice|idea|suggestion|hint|help|chance|eta)
    """,
    ),
    Scope(
        "denied",
        Place.BEFORE,
        r"""
        (?:not|\w*n't|never|no|without|nothing|neither|nor|cannot|unable to|impossible to|fail(?:s|ed) to)(?: (?!only|just|but|problem)[^ ]+){0,3} ?$
    """,
    ),
    Scope("fails_later", Place.CLAUSE, r"(?:{no_help})"),
    Scope("fails_next", Place.NEXT, r"(?:{no_help})|{cannot}|{tried}"),
    Scope("is_tried", Place.CLAUSE, r"(?:{tried})"),
    Scope(
        "supposed",
        Place.BEFORE,
        r"""
        would|might|may|could(?! not)|should|if we could|maybe|perhaps|thinking of|consider(?:ing)?|hop(?:e|ing)
        afraid|before (?:we|i)|without
    """,
    ),
    Scope(
        "wrong",
        Place.NEXT,
        r"""
        ^\W*(?:that's|that is|this is|which is|is) (?:wrong|not true|incorrect|false|not correct|not right|nonsense)
    """,
    ),
    Scope(
        "found",
        Place.NEXT,
        r"""
        (?:we|i|someone|support|they|my colleague) (?:have |has |just |now |finally |did )?(?:found|discovered|managed|can|got|figured)
        helps|works if|works when
    """,
    ),
    Scope(
        "said",
        Place.BEFORE,
        r"""
        (?:said|says|told (?:us|me)|claims?|claimed|states?|according to|you wrote|wrote)(?: that)?(?: [^ ]+){0,4} ?$
    """,
    ),
    Scope("mild", Place.BEFORE, r"(?:{lasting}) $"),
    Scope(
        "other_attempt",
        Place.SENTENCE,
        r"""
        (?:tried|trying|attempt\w*|unable) to (?:reproduce|reach|call|contact|phone|email|understand|find (?:the|a|any) (?:cause|reason|log))
        reproduc\w+|(?:reach|contact|call) (?:you|your|support)
    """,
    ),
    Scope(
        "works_elsewhere",
        Place.CLAUSE,
        r"""
        works? (?:on every dev|in (?:qa|test|staging|uat|dev)|locally)|breaks? as soon
    """,
    ),
    Scope("cannot_after", Place.AFTER, r"^(?: [^ ]+){0,4}? (?:{cannot}|not (?:possible|allowed))"),
    Scope(
        "shows",
        Place.CLAUSE,
        r"""
        (?:gets?|shows?|sees?|seeing|appears?|displays?|returns?|opens?) (?:[^ ]+ ){0,6}instead
    """,
    ),
    Scope(
        "if_before",
        Place.BEFORE,
        r"""
        (?:see if|check if|until|whether|would|could|might|in case|if)(?: \w+)? ?$
    """,
    ),
    Scope("on_condition", Place.BEFORE, r"if|in case|unless|let (?:us|me) know"),
    Scope(
        "but_fails",
        Place.NEXT,
        r"""
        ^\W*(?:but|however|though|and|which|yet|it|this|that|they|->|only)(?: [^ ]+){0,5}? (?:{no_help}|stopped working|no longer works?|crash\w*|hangs?|ends? with|unacceptable|not acceptable)
    """,
    ),
    Scope("fails_after", Place.AFTER, r"then (?:it|they)(?: \w+){0,3} (?:again|dies?|crash\w*|fails?)|(?:{no_help})"),
    Scope("wished", Place.CLAUSE, r"would be (?:nice|great|good|helpful|appreciated|welcome|fine)|-> |→ "),
    Scope(
        "feature",
        Place.CLAUSE,
        r"""
        so that|as an? \w+|ability to|feature|i want to|be able to|unexpectedly|automatically
        on (?:sunday|monday|tuesday|wednesday|thursday|friday|saturday)
    """,
    ),
    Scope(
        "stated",
        Place.CLAUSE,
        r"""
        (?:{not_any})(?: \w+){0,4} (?:{way})|there isn't any|there (?:is|are|seems to be) no
        no (?:known |real |other )?(?:{wa})|(?:do|have|has|did)(?:n't| not)(?: \w+){0,2} (?:a|any) (?:{wa})
        (?:{wa}) (?:that|we use|in place|is to)|as a (?:{wa})|(?:we|i|they) (?:\w+ )?found a
    """,
    ),
    Scope("cannot_before", Place.BEFORE, r"(?:{cannot})(?: [^ ]+){0,3} ?$"),
    Scope(
        "supposed_close",
        Place.BEFORE,
        r"""
        (?:would|might|could(?! not)|should|maybe|perhaps|consider\w*|hop(?:e|ed|ing)|afraid|without|don't want to|used to|expected to)(?: [^ ]+){0,3} ?$
    """,
    ),
    Scope(
        "test_setup",
        Place.CLAUSE,
        r"""
        half rolled back|want to be able|ability to|is there a way|possible to roll|feature
    """,
    ),
    Scope("rejected_lasting", Place.CLAUSE, r"not (?:a )?(?:{lasting})|long[- ]run|long term|for ever|forever"),
    Scope(
        "partial_only",
        Place.CLAUSE,
        r"""
        long[- ](?:run|term)|for ever|forever|permanently|just a (?:{wa})|in the long|much longer|performance
    """,
    ),
)

RULES = (
    Rule(
        "not needed any more",
        None,
        0,
        r"""
        (?:take|took|taken) out(?: \w+){0,2} (?:{wa})|(?:{wa})(?: [^ ]+){0,4}? was added for
        (?:{wa})(?:,? [^ ]+){0,9}? (?:no longer|not|n't|never)(?: \w+){0,2} (?:needed|necessary|required|relevant|used|applicable)
        (?:no|without)(?: \w+){0,1} (?:{wa}) (?:is |was |are )?(?:needed|necessary|required)
        (?:no longer|not|don't|doesn't)(?: \w+){0,1} need(?:s|ed)?(?: \w+){0,2} (?:{wa})
        (?:remov(?:e|ed|ing|al)|drop(?:ped|ping)?|get rid of|obsolete|delete|clean(?:ed)? up|revert(?:ed)? the)(?: \w+){0,3} (?:{wa})
        without (?:a |any |the )?(?:{wa})$
        (?:{wa})(?:,? [^ ]+){0,9}? (?:obsolete|removed|can be removed|should be removed|redundant)
        work(?:ing)? around the clock|a? ?round the clock
    """,
        across=True,
    ),
    Rule(
        "not that there is none",
        None,
        0,
        r"""
        not(?: \w+){0,3} (?:that )?(?:we|i|they|there|you)(?:'s|(?: \w+){0,2} (?:have|has|had|is|are|see)) no(?: {adj})* (?:{way})
        (?:solved|fixed|nice|better|possible|run|works?)(?: [^ ]+){0,4} \(?without (?:an? |any |the |this )?(?:{wa})
    """,
    ),
    Rule(
        "it can be worked around",
        "exists",
        OUTRIGHT,
        r"""
        not without (?:an? )?(?:{way})
        not(?: \w+){0,4} (?:can't|cannot|could not|couldn't) (?:be )?work(?:ed)?(?: \w+)? around
    """,
    ),
    Rule(
        "it lives by one",
        "exists",
        OUTRIGHT,
        r"""
        without (?:my|our|the|this|that|your) (?:\w+ )?(?:{wa})
    """,
        unless=("asked",),
    ),
    Rule(
        "it stopped working",
        "none",
        OUTRIGHT,
        r"""
        (?:helped|worked|did the (?:job|trick)|went through|was fine)(?: [^ ]+){0,4}? until (?:yesterday|last|this (?:morning|week)|\w+day|v?\d)
        (?:{wa}|trick|hack)(?: [^ ]+){0,5}? used to (?:work|help|do)
        (?:{wa}|trick|hack|fallback|temporary fix|quick fix|manual (?:way|process|procedure))(?:[,:;]? [^ ]+){0,9}? (?:stopped|no longer|became (?:non-?operable|unusable|ineffective|impossible)|ceased|stops (?:working|helping)|fails?|failed|broke|useless|has gone|(?:does not|doesn't|did not|didn't|don't|do not|won't|can't|cannot)(?: seem to)? (?:work|help|apply|fix|solve|hold|last|scale|change|do|be used|survive)\w*|(?:isn't|is not|wasn't|was not|are not|aren't) (?:an? )?(?:\w+ )?(?:acceptable|viable|possible|feasible|working|option|enough|sufficient|allowed|usable|practical)(?! if)|exhausted|unacceptable|forbidden|rejected|refused|inacceptable|too (?:slow|risky|dangerous|expensive|late)|(?:has|had|have) no effect|made it worse|makes it worse|hangs?)
        (?:{remedy})(?: [^ ]+){0,5}? (?:no longer|stopped) (?:help\w*|work\w*|suffic\w*)
        (?:despite|even with|even after|in spite of|after)(?: (?!that|this)\w+){0,4} (?:{wa})(?= (?:it|the|we|still|did|was)|[,.]|$)
        (?:tried|applied|followed|used|did|with|did try)(?: \w+){0,3} (?:{wa})(?:[,:;]? [^ ]+){0,6}? (?:{no_help}|without)
        (?:{wa})(?: \w+){0,4} (?:{no_help})
    """,
        unless=("rejected_lasting", "on_condition"),
        across=True,
    ),
    # -- named, but not there to be used
    Rule(
        "asked for",
        None,
        0,
        r"""
        (?:{way})
    """,
        given=("asks",),
        unless=("stated",),
    ),
    Rule(
        "asked in a question",
        None,
        0,
        r"""
        (?:{way})
        work(?:ed|ing|s)?(?: \w+){0,2}? around
    """,
        given=("asked",),
        unless=("denied",),
    ),
    # -- none, by name
    Rule(
        "said that there is none, wrongly",
        None,
        0,
        r"""
        no(?: {adj})* (?:{way})(?: exists?| available| possible| known)?
        there (?:is|was|are) no(?: {adj})* (?:{way})
    """,
        given=("said", "wrong"),
    ),
    Rule(
        "no workaround, but one was found",
        None,
        0,
        r"""
        (?:no|not)(?: {adj}| {lasting})* (?:{way})
    """,
        given=("found",),
    ),
    Rule(
        "no lasting solution",
        None,
        0,
        r"""
        no (?:{lasting}) (?:solution|fix|remedy|cure)
        not (?:a|an|the) (?:{lasting}) (?:solution|fix|remedy|cure|{wa})
        (?:solution|fix) (?:for|in) the long
    """,
    ),
    Rule(
        "there is none",
        "none",
        OUTRIGHT,
        r"""
        (?:don't|do not|can't|cannot) see how to (?:get|work|avoid|circumvent)
        (?:no|zero|without)(?: {adj}| {lasting})* (?:{way})(?! (?:but|to (?:upgrade|pay)))
        no (?:way|path|route|means|possibility|chance)(?: \w+){0,2}? (?:back|forward|out|around|round|past|to (?:avoid|bypass|recover|restore|continue|work|get|stop|make|go|do|prevent|operate|sell|ship|serve))
        (?:we|i|they|there|you)(?:'ve)? (?:\w+ )?(?:have|know|knows|see|found|got|can see|know of) (?:none|nothing(?: that)?|no way)
        (?:nobody|no one|none of us|no-one)(?: [^ ]+){0,6}? (?:knows?|found|has|have|sees)(?: \w+){0,3} (?:{way}|way|solution|answer)
        (?:no|not) (?:\w+ )?(?:channel|choice|option|alternative)(?: \w+)? (?:but|other than)|no other \w+
        (?:no|without)(?: \w+)? (?:fallback|redundan\w+|paper|backup|manual)(?: \w+)?(?! (?:needed|required|necessary))
        (?:would|do|does|did)(?:n't| not) know (?:how|what|of any way|any way)(?: \w+){0,3} to
        (?:{wa})s? ?(?:-+|:|=) ?(?:none|no|not found|unknown|n\w* found)
        (?:no|without)(?: {adj})* (?:work-? ?arr?ound|way[- ]a?round)\w*
        no (?:solution|fix|remedy)s?(?: \w+)? (?:yet|so far|found|in sight)
        (?:{not_any})(?: \w+){0,4}? (?:{adj} )*(?:{wa}|way out|way a?round|alternative|plan b|fallback|bypass|option)
        (?:{wa})(?: \w+){0,2}? (?:not (?:known|available|possible|found|existing|feasible|there|in sight)|unknown|unavailable|impossible)
        not (?:an? |any )?(?:{adj} )*(?:{wa})|can(?:no|')?t be done (?:by hand|manually|otherwise)
        impossible to (?:bypass|avoid|circumvent|work around|get around|go back)|unworkable|not workable
        not a(?: {adj})* (?:{wa})|(?:is|are|was|were)(?:n't| not)(?: \w+){0,2} (?:a |an )?(?:{adj} )*(?:{wa})
        (?:{cannot})(?: \w+){0,2} (?:be )?(?:work(?:ed)?(?: \w+){0,3}? around|circumvent\w*|bypass\w*|avoid\w*)
        (?:{cannot}) (?:get |find |see )?(?:a |any )?(?:around|way around|past) (?:it|this|that|the)
        not (?:something|anything)(?: that)? (?:we|i|you) can work ?around
        nothing(?: [^ ]+){0,5}? (?:{helps}|help|work|to do(?! with)|we can do|can be done|we could do|left to try|else (?:to|we))
        (?:none|nothing|neither|not (?:one|any)) of (?:them|these|those|that|this|it|the|your|our|which)(?: [^ ]+){0,4} (?:{helps}|help|made|work|any|successful|possible|had)
        there is nothing|there's nothing|nothing we can do|nothing else (?:to|we can)
        nothing (?:helps|helped|works|worked)|no possibility|no chance to
    """,
        unless=("asked",),
    ),
    Rule(
        "it is not acceptable",
        "none",
        TOLD,
        r"""
        (?:(?:this|that|it|which) (?:is|would be|was)|is) (?:certainly |really |just |simply |clearly |obviously |definitely )*(?:not|no|n't) (?:an? )?(?:{adj} )*(?:{wa}|option|alternative|solution for us)
        not (?:an )?(?:acceptable|option|viable)(?: for us)?
        (?:isn't|is not|are not|aren't) (?:an? )?(?:option|acceptable|viable)
        out of the question
        (?:is|was|are|were|be)(?: \w+)? (?:forbidden|prohibited|illegal|ruled out|unworkable|not viable)
        forbidden by|(?:that's|that is|so that's|is) out$
    """,
        unless=("mild", "partial_only"),
    ),
    # -- none, by what was tried in vain
    Rule(
        "tried in vain",
        "none",
        TOLD,
        r"""
        (?:outcome|result) is the same|get (?:me|us) any further|off the table|still (?:cut|grey|empty|red|wrong|there|broken|fails|nothing)|back at (?:zero|square one)|(?:dead|down|fails|broken|gone)(?: \w+){0,5} (?:mode|way) too
        nope$|nope[,.]|(?:what(?:ever)?|no matter what) (?:i|we) (?:do|try)|found no \w+(?: of)?(?: \w+){0,3} (?:that|which|to)|(?:every|each) (?:single )?(?:one of them )?(?:time|attempt|try)$|neither (?:made|makes|brought|changed)
        (?:{tried})(?: [^ ]+){0,12}? (?:{no_help}|nothing)
        (?:{remedy})(?: [^ ]+){0,8}? (?:{no_help})
        (?:{no_help})(?: [^ ]+){0,2} (?:either|neither|too)
        (?:neither|nor)(?: [^ ]+){0,8}? (?:{helps}|help|work|possible)
        (?:{cannot}|can no longer)(?: be)?(?: \w+){0,4}? (?:manually|by hand|on paper|otherwise)
        (?:{cannot}|can no longer)(?: be)?(?: \w+){0,2}? (?:pin|patch|take over|roll(?:ed)?(?: \w+){0,2} back|rollback|roll back|revert\w*|downgrad\w*|go back|switch(?:ed)?(?: back| over)?|fail(?:ed)? ?over|restart\w*|move to|upgrade|undo|restore\w*|disable|wait)
        (?:rollback|rolling back|roll-back|downgrade|downgrading|failover|fail-over|restart|restore|revert|going back|switching back)(?: [^ ]+){0,5}? (?:{cannot}|impossible|not possible|isn't possible|no option|not supported|unsupported|blocked|disabled|ruled out|would lose|would mean|is gone|is missing)
        same (?:\w+ )?(?:error|result|problem|behaviou?r)s? (?:in all|everywhere|each time|every time|with all|regardless|in every|on every)
        whichever way|back to square one|but no$|thought there was one
        (?:could|can)(?:n't| not) (?:prevent|stop|avoid|fix|solve|get rid of|get it to|make it) ?(?:it|this|that|them)?
        that's (?:everything|all) we could|nothing (?:else to|to fall back on)
        nothing else (?:left|helps|works|possible)
        (?:offline|emergency|backup|fallback|standby|manual|secondary)(?: \w+){0,2} (?:doesn't|does not|doesnt|didn't|did not|isn't|is not|won't|cannot|can't|fails|failed|refuses)
        tried everything|everything (?:we|i) (?:could|can) think of
        (?:this|that|neither|which) did(?:n't| not) (?:work|help|fix|solve)\w*
        still (?:got|get|getting|have|having|the|see|seeing)(?: the)? same (?:result|error|problem|issue|behaviou?r)
        (?:all |but |completely |so far |again )?(?:to no avail|in vain|without (?:any )?(?:success|luck|effect|improvement)|no luck|no success|fruitless(?:ly)?)
        (?:nothing|none)(?: \w+){0,3}? (?:helped|helps|worked|works|made|makes|did|had|brought|seems to)
        gave up|what (?:now|next|else)\?|next idea
        (?:did|does|do)(?:n't| not)(?: \w+)? (?:help|change anything|make (?:a|any) difference)(?: \w+)*
        (?:made|makes) (?:no|zero) difference|(?:had|has|have) (?:no|zero) effect|still (?:the )?same
        doesn't help|makes? it (?:even )?worse|made it (?:even )?worse
        (?:{remedy}|backing out)(?: [^ ]+){0,5}? (?:ended|ends|end|finished) (?:with|in)
        (?:no|without) (?:{rollback_word}|downgrade path|way back|restore point|usable backup|backup|standby|spare|redundancy)(?: (?:possible|available|exists?))?
        even (?:after|with)(?: a| the| several| multiple| full| complete| repeated)*(?: \w+){0,2} (?:{remedy})
        (?:{remedy}) (?:several|multiple|three|many|\d+) times
        seems impossible|same (?:after|with|on)(?: \w+){0,2} (?:{remedy})
        still (?:\w+ )?(?:after|despite|even after)(?: \w+){0,3} (?:{remedy})
        persists?(?: \w+){0,2} (?:after|despite|even|across)(?: \w+){0,4}? (?:{remedy})|survives (?:{remedy})
    """,
        unless=("asked", "other_attempt"),
        across=True,
    ),
    Rule(
        "at the end of their means",
        "none",
        OUTRIGHT,
        r"""
        (?:out of|run out of|no more|no further|no other) (?:ideas?|options?|things to try|tricks|measures|means)
        at (?:our|my|a) (?:wits?'? end|loss)|(?:at|reached) the end of our
        (?:we|i|they|everything|everybody|everyone|team|business|work)(?: \w+){0,1} (?:are|am|is|'re|'m) (?:completely |totally |absolutely |simply |now |fully |entirely |really )*(?:stuck|helpless|blind|dead in the water|blocked|lost|stranded|at a standstill|paraly[sz]ed|at your mercy)(?! (?:on|with|in|at) (?:\d|v\d|version|the (?:old|previous)|an old))
        we're (?:completely |totally |absolutely |simply |now )*(?:stuck|helpless|blind|dead in the water|blocked|lost|stranded)(?! (?:on|with|in|at) (?:\d|v\d|version))
        dead in the water|don't know (?:what (?:else )?to do|how to (?:proceed|go on|continue))
        do not know (?:what (?:else )?to do|how to (?:proceed|continue))
        no idea (?:what|how) (?:else )?(?:to|we)
        (?:everything|all|business|production|operations?|work|line|plant|site|shipping|surgery)(?: \w+){0,4} (?:at a (?:complete |total |full )?(?:standstill|halt|stop)|stands? still|standing still|stopped|halted|at standstill|on hold) (?:until|till)
        (?:nothing|nobody|no one) (?:can|is able to) (?:work|be (?:shipped|sold|delivered|booked|processed|invoiced|produced|done)|ship|sell|book|proceed|do anything)
        (?:we|i|they) (?:just )?(?:have to|must|can only|can just|need to) wait|can only wait
        until (?:you|this is|it is|this has been|somebody) (?:fix|fixed|solve|solved|repaired|resolved)
        (?:only|just) you can (?:fix|help|unlock|solve|repair)|can't get (?:out of|past|around)
        cannot get (?:out of|past|around)
        (?:i'm|we're|we are|i am|users are|everyone is|all are) (?:\w+ )?blocked
        blocked (?:completely|entirely|totally)|no option but|nothing (?:left|more) to (?:try|do)
        locked (?:in|into|out) (?:to|of)|hands are tied|can't (?:do|continue|proceed|move)(?: \w+){0,2} without
        cannot (?:do|continue|proceed|move)(?: \w+){0,2} without|send (?:\w+ ){0,3}home|sent (?:\w+ ){0,3}home
        turn(?:ing|ed) (?:\w+ ){0,2}away|cancel(?:l?ed|l?ing)? (?:all |the |our |today's |surger\w+|flights?)
    """,
        unless=("asked",),
    ),
    # -- there is one, by name
    Rule(
        "there is one",
        "exists",
        OUTRIGHT,
        r"""
        (?:it's|it is|this is)? ?not(?: \w+){0,2} (?:can't|cannot) (?:be )?work(?:ed)? around
        to (?:work ?around|avoid|circumvent|mitigate|get around)(?: [^ ]+){0,8}?,? (?:we|i)(?:'ve| have)? (?:\w+ed|set|use|run|now)
        work(?:ed|ing|s)(?: (?:it|this|that|them|the|around|\w+)){0,4}? around
        (?:we|i|they|you|users|to|can|could|able to) (?:can |could |will |have to |now )?work(?:ed)?(?: \w+){0,3}? around (?:it|this|that|the|by|with)
        can be worked around|circumvent(?:ed|ing|s)?|bypass(?:ed|ing)? (?:it|this|that|the)
        (?:{wa}) ?(?:is|was|exists?|available|found|would be|could be|like|such as|for now|in place|being|by|that|which|we|works?|worked|can|until|applied|with|using|from|described|helps?|to)
        (?:as|for|by|via|using|use|used|uses|with|have|has|had|found|find|got|know|knows|there is|there's|there are|a|the|this|that|our|my|your|one|only|possible|temporary|current|manual|ugly|dirty|simple|easy|good|following|partial|painful|daily|clumsy|slow|known|another|nasty|cumbersome|tedious|rough|some|poor)(?: \w+){0,2}? (?:{wa}|plan b|stop-?gap|temporary (?:solution|fix|measure|remedy)|interim (?:solution|fix)|quick fix|mitigation)
        mitigated(?: (?:by|with|for|it|this))?
    """,
        unless=("denied", "fails_later", "but_fails", "wished", "asked", "supposed_close"),
    ),
    # -- there is one, by what people do
    Rule(
        "it works another way",
        "exists",
        OUTRIGHT,
        r"""
        (?:brings|gets|brought|got) (?:it|them|(?:the|our) (?:(?!same)\w+ )?\w+) back(?! for (?:one|a|two))
        (?:is|that's|are) (?:okay|ok|fine|good enough) for (?:us|me|now|the moment)|then it (?:doesn't|does not|no longer) (?:occurs?|happens?|appears?|crash\w*|fails?)|(?:did|do) for now is
        (?:\w{3,}ing|[`'][^`']{2,60}[`']|--[\w=-]+)(?: [^ ]+){0,8}? (?:puts (?:it|them|the)|picks? (?:it|them|the)|silences|lets (?:it|them|us|the)|makes (?:it|them|the \w+) \w+|keeps (?:it|them|the \w+|the \w+ \w+) \w+)
        v?\d+\.\d+[\w.]*(?: \w+)? (?:works|runs|builds|syncs|is fine|is ok|is stable|is not affected|does not (?:panic|crash|have|show|fail|leak|hang))
        (?:if|when|once|after|as long as|as soon as|provided|whenever) (?:we|i|you|they|one|users?|people|somebody|someone|the (?:user|operator|browser|page|client))(?: [^ ]+){1,14}?,? (?:it|they|everything|all|things|that|the [^ ]+|this)(?: [^ ]+){0,3}? (?:works?|worked|is fine|is ok|are fine|runs?|goes? away|goes through|succeeds?|recovers?|disappears?|is stable|comes? back|loads?|prints?|starts?|stays up|shows up|is saved|gets? \w+ed|appears?|is accepted|passes|is sent|arrives?|opens?)(?! (?:not|but|again and))
        (?:if|when|once|after)(?: [^ ]+){2,14}?,? (?:it's|that's|they're|all's) (?:accepted|fine|ok|okay|saved|gone|sent|back|working|there|visible)
        (?:i|we|they|one|you) can (?:carry on|live with (?:it|that|this)|continue (?:to )?work\w*)
        so i can (?:work|continue|go on)
        (?:works?|opens?|loads?|prints?|starts?|runs?|shows?|renders?|displays?|succeeds?|passes|is (?:fine|ok|accepted|correct)|are fine)(?: (?:fine|correctly|ok|normally|properly|well|again|there|as expected|without (?:problems|errors)))? (?:in|with|on|via|under|from|through|using|over) (?:firefox|chrome|edge|safari|opera|incognito|private|another|an? (?:older|different|other|previous|generic|wired|fresh|new)|the (?:old|older|previous|other|generic|classic|desktop|mobile|web|legacy|app|cli|api|command line)|other|desktop|mobile|version|v?\d|node_options|--\w)
        (?:with|using|via|in|through|under) (?:firefox|chrome|edge|safari|the (?:old|older|previous|generic|classic|desktop|mobile|web|legacy)|another|an? (?:older|different|other|previous|generic)|node_options|--?\w|[\w.-]+=|version|v?\d)[^ ]*(?: [^ ]+){0,6}? (?:it|everything|all|they)?(?: \w+)? ?(?:works?|runs?|prints?|starts?|loads?|opens?|is fine|goes through|succeeds?)
        (?:running|starting|using|setting|passing|adding|removing|disabling|enabling|switching|changing|downgrading|reverting|restarting|rebooting|resetting|deleting|clearing|turning|unchecking|ticking|moving|re-?submitting|retrying|re-?trying|re-?logging|logging|reloading|refreshing|opening|going|pinning|splitting|increasing|reducing|lowering|raising|killing|bypassing|replacing|upgrading|choosing|selecting|unplugging|re-?creating|re-?running|re-?installing|limiting|throttling|waiting|scaling|doubling|importing|exporting|re-?importing|saving|toggling|excluding|copying|rolling|falling|failing|flushing|reopening)(?: [^ ]+){0,9}? (?:helps|helped|works|worked|fixes|fixed|solves|solved|resolves|resolved|cures|cured|clears|cleared|restores|restored|mitigates|(?:gets|got) (?:it|us|them|things|the \w+|rid|through|everything)|makes (?:\w+ ){1,3}(?:work|go away|disappear|pass|usable)|made (?:\w+ ){1,3}(?:work|go away|disappear|pass|usable)|stops|stopped|avoids|avoided|prevents|prevented|(?:seems?|appears?|seemed) to (?:help|work|fix|solve|clear|resolve|do)|should (?:help|fix|solve)|will help|does the trick|did the trick|starts fine|is a way|brings|brought|(?:keeps|kept) (?:it|us|them|things|the \w+|our \w+|production|everything|our prd system) ?(?:running|alive|going|up|stable|working|system running)?|unblocks|unblocked|goes through|runs fine)
        (?:setting|option|flag|switch|parameter|script|cron ?job|hotfix|patch|trick|tool|hack|watchdog|second attempt|second try|re-?submit|retry|[`'"][^`'"]{2,60}[`'"](?: \w+){0,6}) (?:helps|helped|works|worked|fixes|fixed|solves|solved|is accepted|goes through|stops|stopped|avoids|keeps|gets)
        (?:previous|old|older|last|former|classic|legacy|other|second|secondary|prior|earlier) (?:\w+ ){0,2}(?:still )?(?:works?|runs?|is fine|is ok|is not affected|are fine|can be used|is usable|stays on|serves?)(?! (?:into|out of|slow))
        (?:makes?|made) (?:it|them|the \w+|everything) (?:\w+able|connect|start|work|load|pass|run|print|go through)
        (?:we|i|app|it|everything|system|client|clients) (?:falls?|fell) back to
        (?:answers?|works?) (?:properly|fine|correctly) (?:there|via|with|in|on)
        gets? (?:it|them|us|the \w+) (?:green|going|running|working|through|back|unstuck|moving)|gets rid of|got rid of
        does the trick|did the trick|that's (?:how|what) we (?:work|manage|cope|get by|run|do|use)
        (?:we|they|i|users|people|the \w+) (?:can |could |just )?(?:manage|cope|limp along|get by|make do|muddle through|survive)s?
        (?:kill|restart|reboot|delete|clear|reset|flush|reload|disable|unplug)(?: [^ ]+){1,4}? and (?:the|it|everything|they|all)(?: \w+){0,2} (?:works?|drains?|comes?|goes?|runs?|recovers?|is|are)
        (?:patched|fixed|worked|solved|vendored) (?:it )?locally|monkey-?patch(?:ed|ing)?
        back to (?:pen and paper|paper|fax|excel|phone|the old)|read[- ]only (?:mode|access)
        served from (?:the )?(?:\w+ )?(?:replica|cache|backup)|queued (?:\w+ ){0,4}and replayed
        (?:we|i|they|we've|i've)(?: \w+){0,2}? (?:turned|switched) (?:[^ ]+ ){0,5}off|commented out
        serve the old
        (?:i'll|we'll|we will|i will|going to|we are going to|we plan to) (?:go back|roll back|downgrade|revert|switch back|stay|use the old|do it by hand|restart)
    """,
        unless=("denied", "fails_later", "asked", "supposed_close", "works_elsewhere", "if_before"),
        across=True,
    ),
    Rule(
        "a remedy that helps",
        "exists",
        OUTRIGHT,
        r"""
        (?:fixes|fixed|solves|solved|works) (?:it |this )?for (?:me|us)|hides the (?:problem|issue|error)|is what (?:i|we) (?:recommend|do|use|did)(?: now)?|what (?:i|we) (?:do|did) now|lets? (?:us|me|them) \w+ it
        (?:{remedy})(?: [^ ]+){0,9}? (?:{helps})
        (?:{helps})(?: [^ ]+){0,4}? (?:after|once|when|if|as soon as|by|with)(?: [^ ]+){0,4}? (?:{remedy})
        (?:after|once|when|if|since|as soon as|each time|every time)(?: [^ ]+){0,4}? (?:{remedy})(?: [^ ]+){0,8}? (?:{helps}|works?|ok|fine|running|stable|back)
        (?:{remedy}|{tried})(?: [^ ]+){0,10}? (?:returned|back) to normal
        keeps? (?:us|you|it|them|things) (?:going|running)|might keep you going
        what (?:worked|helped|fixed|solved|works|helps)|(?:worked|fixed|solved|resolved|works) for (?:me|us)
        (?:that|this|which|doing so|doing this|doing that) (?:helps|helped|works|worked|fixes it|fixed it|solves it|solved it|does the trick|did the trick|keeps us going|clears it|gets us)
        (?:works?|worked|fine|ok|goes through|succeeds?|no (?:problem|error|issue)s?) (?:\w+ ){0,2}?(?:if|when|after|once|as long as|by|using|via) (?:we|i|you|they|the|a|an|an?other|another|firefox|chrome|edge|safari|version|older|old|previous|using|disabling|generic|\d)
        (?:if|when|once|as long as) (?:we|i|you|they|users?|one|somebody|someone)(?: [^ ]+){1,10}? (?:it|they|everything|all|things|that|the \w+)(?: \w+){0,2}? (?:works?|worked|is fine|is ok|runs?|goes? away|goes through|succeeds?|recovers?|disappears?|is stable|comes? back|loads|prints|starts|stays up)
    """,
        unless=("denied", "fails_after", "but_fails", "asked", "supposed", "is_tried", "if_before"),
    ),
    Rule(
        "gone back or moved over",
        "exists",
        TOLD,
        r"""
        (?:rolled|rolling|roll)(?: \w+){0,3}? back|rolled back|reverted|reverting|revert(?: back)? to
        revert(?:s)? #?\d+|downgrad(?:ed|ing|e)(?: now| back)? (?:to|the|our|it|from|back|everything)|pinned
        pinning|pin (?:the|it|to|our)
        (?:failed|switched|moved|fell|went|gone|changed|falling|fallen|fail|switch|move|go|going) (?:back |over |everything |traffic |all \w+ |\w+ )?(?:over )?(?:to|onto) (?:the |our |an? |another )?(?:old|older|previous|former|last|standby|secondary|backup|second|other|spare|manual|paper|phone|dr|legacy|alternative|cold|hot|passive|replica|different|generic|prior|4g|lte|offline)
        failed over|fail(?:ing)? over to|rerouted|re-routed|routing (?:\w+ )?(?:via|through|around)|redirected
        diverted|stay(?:ing|ed)? on (?:the )?(?:old|previous)
        stick(?:ing)? (?:to|with) (?:the )?(?:old|previous)
        keep(?:ing)? (?:the )?(?:old|previous) (?:version|release)
        (?:gone|went|go|going) back to (?:the |our |an? |last |yesterday's )+(?:\w+ )?(?:snapshot|backup|version|release|state|build|image)
        (?:had|have|got|forced) to (?:rollback|roll back|revert|downgrade|restart|reboot)
        restored (?:\w+ ){0,3}from (?:the |a |our |last |yesterday's |\w+ ){0,3}backup
    """,
        unless=(
            "denied",
            "fails_later",
            "fails_next",
            "asked",
            "is_tried",
            "cannot_before",
            "test_setup",
            "supposed_close",
            "feature",
        ),
    ),
    Rule(
        "done by hand or otherwise meanwhile",
        "exists",
        TOLD,
        r"""
        (?:staff|we|they|users|operators|people|nurses|drivers|cashiers|agents|colleagues)(?: \w+){0,2} (?:switch|go|move|change|resort) (?:back )?to (?:the|a|an|our|their)|carry on|carries on|limp\w* along
        (?:i|we|users|they|you) (?:have|need) to (?:restart|reset|reload|reboot|re-?login|log in again|delete|clear|re-?enter|re-?open|re-?start|refresh|kill)(?! .*(?:{no_help}))
        went back to v?\d|went back to \w+ for now|back to v?\d+\.\d+ for now|pin that one|for the moment(?:\.\.\.)?$
        (?:enter|edit|send|do|done|run|process|creat|updat|releas|book|export|import|approv|assign|trigger|start|restart|clean|fix|correct|re-?key|copy|copied|typ|push|sync|handl|work|transfer|adjust|upload|download|resend|delet|key|record|writ|reconcil|merg)\w*(?: [^ ]+){0,5}? (?:by hand|manually)
        (?:by hand|manually),? (?:enter|edit|send|do|run|process|creat|updat|releas|book|export|import|approv|assign|trigger|start|restart|clean|fix|correct|re-?key|copy|typ|push|sync|handl|transfer|adjust|upload|download|resend|delet|set|kill|record|writ|reconcil|merg|unload|reload)\w*
        (?:is|are|was|were|now|everything|all|it) (?:done |handled |entered |processed )?(?:by hand|manually)
        on paper|pen and paper|with paper|over the phone|by phone|by e-?mail instead|via e-?mail instead|by fax
        with excel|in (?:an )?excel|spreadsheets?|usb sticks?
        manual (?:entry|export|import|process|upload|trigger|start|intervention|work|booking|release|correction)(?: works| for now| until)?
        in the meantime,? (?:we|i|they|users|our|staff|people)|we(?: [^ ]+){1,8} for now|meanwhile we|for the time being
        for now,? (?:we|i|they|users?|our)|(?:we|i|they|users?)(?: \w+){0,2} for now
        until (?:then|it is fixed|a fix|the fix|you (?:have )?fix\w*|this is fixed)(?:,)? (?:we|i|users|they|people)(?: can| are| will)?
        as a stop-?gap|temporarily|interim|provisional(?:ly)?
        (?:we|i|they|users|people|operators|staff|colleagues|customers|agents|nurses|drivers)(?: \w+){0,3} (?:use|using|uses|used|work with|working with|run|running|send|print|book|take|export|enter|key|type|record|write) (?:[^ ]+ ){0,6}?instead
        instead (?:we|i|they|users)
        (?:use|using|used) (?:the |an? |our )?(?:other|second|old|secondary|backup|spare|alternative|different|web|mobile|desktop|legacy|hotspot|4g)(?: \w+){0,2}(?: instead| for now| meanwhile)?
        (?:restart|reboot|kill|bounce|clear|flush|reset|recycle|re-?run|retry)(?:s|ed|ing)?(?: [^ ]+){0,6}? (?:every|each|nightly|daily|hourly|regularly|twice a|once a|when(?:ever)? (?:it|that|this)|per (?:day|shift|hour))
        cron ?job(?: [^ ]+){0,6}? (?:restart|kill|clean|delete|re-?run|reset|flush)\w*
        (?:nightly|daily|hourly|regular|scheduled) (?:restart|reboot|script|job)s?
        (?:we|i|they|have|has|had|we've|i've|they've|just|temporarily|then|now|simply|already|and) (?:have |then |now |just |therefore |temporarily |already |simply )?(?:disabled|deactivated|turned off|switched off|unplugged|excluded|skipped|whitelisted|raised the|doubled|tripled|scaled|rescheduled|throttled|limited|replaced|commented out|patched|forked|wrote a (?:script|small)|set the|extended|capped|lowered|reduced|freed|rewrote|hard-?coded|mocked|vendored)
        (?:you|we|i|one|they|users|people|customers|guests|staff) can (?:still |just |simply |always |also |however |actually )(?:use|do|enter|log in|work|export|download|reach|access|send|print|book|pay|call|open|continue|switch|restart|reload|refresh|rerun|copy|create|delete|set)
        (?:we|i|they|users|customers|people|staff|developers|agents|operators) (?:[^ ]+ ){1,8}?instead(?! of)
        until further notice|instead,? works
        (?:you|we|i|one|they|users) can (?:\w+ ){1,6}(?:in|via|through|with|on) the (?:old|other|legacy|backup|second|previous)
        (?:you|we|i|one|they|users) can (?:use|do|enter|export|download|send|print|book|call|switch|restart|reload|refresh|rerun|copy|create|delete|set|hack|script)(?: [^ ]+){1,8}? (?:instead|by \w+ing|using|with the|via|through|meanwhile|for now)
        only thing (?:i|we) can suggest|can be (?:avoided|bypassed|worked around|mitigated) (?:by|with)
        (?:refresh|reload|log(?:ging)? (?:out|off) and|second (?:try|attempt)|retry(?:ing)?|trying again)(?: [^ ]+){0,5}? (?:{helps}|works?)
        usable again|works? again|running again|up again|back (?:up|online) (?:again|since|after|for now)
        has been (?:calm|quiet|stable)|(?:is|are) (?:calm|quiet|stable) (?:since|now|again)
        running (?:just )?fine (?:again|now)|appear(?:s)? to be running (?:just )?fine
        build(?:s)? (?:is|are) green
        split(?:ting)? (?:the|it|them|files?|into)|in (?:smaller|small) (?:batches|chunks|parts)|smaller batches
        one by one|one at a time|batch(?:es)? of \d+
    """,
        unless=(
            "denied",
            "fails_later",
            "fails_next",
            "asked",
            "is_tried",
            "cannot_before",
            "cannot_after",
            "supposed_close",
            "shows",
            "if_before",
        ),
    ),
)


WORKAROUND = Table(
    common="",
    rules=RULES,
    scopes=SCOPES,
    vocabulary=VOCABULARY,
)
