"""How customers say in English whether production is affected.

Read from top to bottom: the words in another meaning, production that is well or not yet there, production only
thought of, production that is affected, and what happens elsewhere.
"""

from __future__ import annotations

from triage.domain.evidence.rules import HINTED, MEANT, OUTRIGHT, TOLD, Place, Rule, Scope, Table

VOCABULARY = {
    "env_noun": r"""
        env(?:ironment)?s?|systems?|clusters?|servers?|machines?|nodes?|hosts?|box(?:es)?|instances?|sites?
        tenants?|apps?
        applications?|databases?|dbs?|workloads?|deployments?|services?|traffic|users?|customers?|regions?
        accounts?|workspaces?
        org|stack|landscape|client|namespaces?|pods?|website|webshop|shop|stores?|fleet|farm|setup|install
        installations?|portal
        platform|network|side|slot|vms?|volumes?|queues?|tables?|jobs?|project|realm|operations?|use|runs?
        hardware|storage
        filesystems?|backend|frontend|api|gateway|data ?cent(?:er|re)s?|dashboard|subscription|company|plant
        kubernetes|k8s
        oracle|postgres|mysql|sap|erp|crm|kafka|redis|version|release|broker|index|licen[cs]e server
        controllers?|switch(?:es)?
    """,
    "live_noun": r"""
        env(?:ironment)?s?|systems?|clusters?|servers?|machines?|instances?|sites?|tenants?|apps?|applications?
        databases?|dbs?|traffic
        users?|customers?|workspace|org|landscape|shops?|stores?|websites?|portal|platform|operations?|use
        services?|installation|network|product|account|business|calls|orders
    """,
    "not_live": r"""
        chat|stream|tv|view|reload|preview|migration|update|search|tile|demo|session|call|support|feed|caption
        event|edit|with|patch|cd|region|data|video|log|test|with|in|at|on|is|it|and|music|system status|status
        keys
    """,
    "own": r"""
        our|the|my|your|their|his|all|both|several|some|many|most|two|three|four|five|six|each|every|any|one|a
        an|this|that
        these|those|multiple|entire|whole|main|primary|busy|large|big|long[- ]running|current|actual|real|new
        old|other
        of our|of the|customer'?s?|client'?s?|critical|business[- ]critical|eu|us|only
    """,
    "prod_word": r"""
        productions?|prods?|prodcution|produciton|prodution|procution|prodction|prd|prd\d{1,3}|prod\d{1,2}
        prod-[a-z0-9-]{1,20}|productive (?:{env_noun}|client|sap)
        productive(?! (?:day|week|meeting|team|at|as|in|than|time))
        live (?:{live_noun})(?!-)
    """,
    "live": r"""
        (?:(?:{own}) ){0,3}(?:{prod_word})(?:[- ](?:{env_noun})(?!\w)){0,2}
        (?:our|all|the|these|for|of|no|two|three|four|five|six|seven|eight|nine|ten|\d+)(?: our| the| these)? live (?!{not_live})[a-z-]+
    """,
    # `live` alone is a place only behind a preposition.
    "in_live": r"""
        (?:in|on|at|to|from|of|for|into|against|across|onto|with|within|inside|under) {live}
        (?:in|on|to|into|onto|reached|hit|hits|affects|affecting) live(?! (?:chat|stream|view|tv|demo|with|region|migration|reload))
        (?:in|on) the live (?:one|side|world)|in the (?:wild|field)
    """,
    "test_word": r"""
        staging|stage|stg|uat|qas?|q&a|dev|devel|development|sandbox(?:es)?|demo|poc|proof[- ]of[- ]concept
        preprod|pre-? ?prod(?:uction)?
        non-? ?prod(?:uction|uctive)?|nonprod|integration|acceptance|training|preview|trial|evaluation|eval|lab
        quality|rehearsal
        canary|beta|pilot|validation|test|testing|load[- ]test|performance[- ]test
        user acceptance(?: test(?:ing)?)?|test bed|sit|int
    """,
    "test": r"""
        (?:(?:{own}) ){0,3}(?:{test_word})(?: (?:{test_word}))?[- ](?:{env_noun}|phase|rig|bench|pipelines?|builds?|farm|lines?|run|round|period|users?|accounts?|team)
        (?:in|on|at|to|from|for|of|into|against|across|within) (?:(?:{own}) ){0,3}(?:staging|stage|stg|uat|qas?|dev|sandbox|poc|preprod|pre-? ?prod(?:uction)?|non-? ?prod|nonprod|int|demo|test|development|ci|lab|acceptance|integration|training)(?! (?:case|report|result|data|mode|set|server\w*))
        staging|uat|preprod|pre-prod(?:uction)?|sandbox
    """,
    "people": r"""
        customers?|clients|end[- ]?users?|users|patients|shoppers|buyers|merchants|retailers|subscribers
        citizens|students|guests
        callers|passengers|travell?ers|members|visitors|players|drivers|riders|couriers|cashiers|nurses|doctors
        clinicians
        physicians|dispatchers|pharmacists|policyholders|taxpayers|applicants|viewers|readers|donors|suppliers
        consumers
        account holders|cardholders|pupils|teachers|employees|staff|operators|colleagues|agents|clerks
        technicians|pickers
        fans|waiters|receptionists|physicians|voters|residents|pilots|crews?|parents|families|hosts|sellers
        vendors|affiliates|tellers|advisers|agents in the field
        everyone|everybody|people|accountants|traders|planners|engineers in the field|sales(?:people| reps?)
        dealers|carriers
    """,
    "outsiders": r"""
        customers?|clients|end[- ]?users?|patients|shoppers|buyers|merchants|retailers|subscribers|citizens
        guests|callers|passengers|pupils|students|voters|residents|fans|applicants
        travell?ers|visitors|players|riders|policyholders|taxpayers|account holders|cardholders
        members|dealers|dispatchers|cashiers|nurses|pupils|students|voters|residents|fans|applicants
    """,
    "place": r"""
        plants?|factor(?:y|ies)|(?:production|assembly|packaging|bottling|filling) lines?|warehouses?|stores
        branches|shops?
        hospitals?|wards?|clinics?|pharmac(?:y|ies)|tills?|checkouts|points? of sale|pos(?: terminals?)?
        terminals|web ?shops?
        web ?sites?|online (?:shops?|stores?|banking)|storefronts?|call cent(?:er|re)s?|contact cent(?:er|re)s?
        hotline|depots?
        airports?|stations?|kiosks?|atms?|trucks?|trading floor|gates?|distribution cent(?:er|re)s?
        emergency (?:room|department)
        restaurants?|hotels?|schools?|universit(?:y|ies)|bank(?:ing)?|lobb(?:y|ies)|counters?|terminals?|yard
        ferr(?:y|ies)|ships?|trains?|flights?|aircraft|vehicles|buses|theatres?|libraries|municipalit(?:y|ies)
        control room|dispatch(?: cent(?:er|re))?
        (?:customer|public|booking|web|self-service) (?:site|portal|website|engine|api)
        loading docks?|laborator(?:y|ies)|hospital|mine|refinery|port
        operating (?:room|theatre)s?|icu
    """,
    "down": r"""
        down|broken|dead|unusable|offline|out of (?:order|service|action)|unavailable|unreachable|inaccessible
        degraded|unresponsive
        not (?:available|working|reachable|usable|responding|starting|loading|processing|syncing|coming up|accessible|getting through)
        (?:at a|at|to a) (?:\w+ )?(?:standstill|halt|stop)|halted|stopped|idle|stand(?:s|ing)? still
        still (?:down|broken|failing)
        blocked|crash(?:ed|es|ing)?|hang(?:s|ing)?|hung|frozen|freez(?:es|ing)|fails?|failed|failing|closed
        paraly[sz]ed|crippled
        corrupt(?:ed|s)?|flapping|on fire|overloaded|locked(?: up| out)?|stuck|tim(?:es|ing) out|timed out
        losing|gone|slow|sluggish|erroring|throw(?:s|ing)
        reject(?:s|ing)|return(?:s|ing) (?:an? )?(?:error|5\d\d|4\d\d)|dying|dies|died|drop(?:s|ping|ped)
        leak(?:s|ing)|duplicat\w+|affected|impacted|hit|dark|blank
        (?:can't|cannot|can not|could not|couldn't|does not|doesn't|do not|don't|did not|didn't|won't|will not|no longer) \w+
    """,
    "hurt": r"""
        can(?:'t|not| not| no longer| only)|cant|could ?n(?:'t|ot)|could not|unable to|not able to
        no longer able|fail(?:s|ed|ing)? to
        (?:do|does|did)(?:n't| not) (?:get|receive|see|work|load|arrive|have)
        (?:get|gets|got|see|sees|saw|seeing|getting|shown|show) (?:\w+ ){0,3}"
        (?:get|gets|getting|got|receiv(?:e|es|ing|ed)|see|sees|seeing|saw|shown|have|having|face|facing) (?:\w+ ){0,3}(?:errors?|problems?|issues?|timeouts?|blank|5\d\d|4\d\d|empty|wrong|only|"|\'|somebody else|someone else|other people's|twice|double|white|crash(?:es)?|logged out|kicked|charged|duplicate\w*|delay\w*|nothing|spinner|freez\w+|old|outdated|no)
        (?:are|is|were|was|been|being|get|gets|getting|got|have been) (?:\w+ ){0,2}(?:affected|impacted|blocked|locked|stuck|stranded|down|offline|hit|hurt|logged out|disconnected|turned away|calling|complaining|idle|losing|leaving|queu\w+|standing|sent home|thrown out|charged|waiting (?:at|in|outside|for (?:hours|minutes|their|his|her|an? ))|without|unable|reporting|experiencing|annoyed|angry)
        complain\w*|report(?:s|ed|ing)?|experienc\w+|fac(?:e|es|ing)|los[et]|losing|observ\w+|call(?:s|ing)? us
        suffer\w*|notic\w+|escalat\w+|are asking|wait (?:\w+ )?(?:hours|minutes|in)|queu(?:e|ing)
    """,
    "fine": r"""
        fine|ok|okay|healthy|stable|unaffected|green|normal(?:ly)?|clean|good|untouched|intact|safe|operational
        available|smooth(?:ly)?
        not (?:\w+ )?(?:affected|impacted|concerned|involved|touched|broken|down|hit|at risk|in danger)
        up and running|in good shape|all right|alright
        business as usual|as (?:usual|expected|before|always)
        without (?:any |a )?(?:problems?|issues?|errors?|trouble|hitch|interruption)|problem-free|perfect(?:ly)?
        well|correct(?:ly)?|properly|serving|unharmed|quiet
    """,
    "stays": r"""
        is|are|was|were|stays?|stayed|remains?|remained|looks?|looked|keeps?|seems?|runs?|ran|works?|continues?
        behaves?|has been
        is still|are still|still (?:is|runs|works|looks)
    """,
    "well": r"""
        (?:still|all|also|running|completely|entirely|perfectly|currently|absolutely|just|luckily|fortunately|thankfully|obviously|otherwise|totally|being|to be|to work|to run|so far|at the moment|now|for now|up and|working|to|100 ?%|itself|there|behaving|humming along)
    """,
    "trouble": r"""
        impact|effect|influence|issues?|problems?|errors?|trouble|consequences?|danger|outages?|incidents?|risk
        harm|damage|complaints?|disruptions?|downtime|sign|trace
    """,
    "touches": r"""
        affect(?:s|ed|ing)?|impact(?:s|ed|ing)?|happen(?:s|ed|ing)?|occur(?:s|red|ring)?|appear(?:s|ed|ing)?
        reproduc(?:e|ed|es|ible)|exists?
        present|seen|seeing|see (?:it|this|that|the (?:problem|error|issue|bug)|any)|touch(?:es|ed|ing)?
        concern(?:s|ed|ing)?|hit|hits|visible|show(?:s|ed|n|ing)?(?: up)?|manifest\w*|notic(?:e|ed|es)
        experienced?|observ\w+|encounter\w*|involv\w+|have (?:this|the|that|any|it)|had (?:this|the|that|any|it)
        suffer\w*|leak(?:ed)?|break|broken?|an? (?:problem|concern|issue|threat)|in danger
        at risk
    """,
    "not": r"not|\w*n't|never|no longer|cannot|nowhere|nobody|hardly|no one",
    "ship": r"""
        go|goes|going|hit|hits|reach(?:es)?|releas(?:e|es|ed|ing)|deploy(?:s|ed|ing|ment)?
        roll(?:s|ed|ing)?(?: this| it)?(?: out)?|rollout|ship(?:s|ped|ping)?|mov(?:e|es|ed|ing)
        promot(?:e|es|ed|ing|ion)|push(?:ed|ing)?|put(?:ting)?|upgrad(?:e|es|ed|ing)|install(?:ed|ing)?
        switch(?:ed|ing)?|migrat(?:e|ed|ing|ion)|launch(?:ed|ing)?|get|gets|bring|publish(?:ed|ing)?
        merg(?:e|ing)|rollover|cut over
    """,
    "launch": r"""
        go-?lives?|go live|launch(?: date| day)?|cut-?over|kick-?off|rollout|roll-out|opening day|pilot start|beta
    """,
}

SCOPES = (
    Scope("of_a_fix", Place.BEFORE, r"(?:fix|patch|hotfix|update|correction)(?: \w+){0,3} ?$"),
    Scope("denies_it", Place.WITHIN, r"not|never|\w*n't|no longer|hardly"),
    Scope(
        "other_nothing",
        Place.WITHIN,
        r"works?|working|possible|goes|runs|able|loads|moves?|such|like this|changed|helps?|log|logs|was done|respond\w*|reach\w*",
    ),
    Scope("of_logs", Place.AFTER, r"^ ?(?:logs?|log files?)"),
    Scope(
        "supposed",
        Place.BEFORE,
        r"""
        would|wouldn't|could(?! not| no)|might|may|should(?:n't)?|if|unless|in case|before|prior to|until we
        plan(?:s|ned|ning)?|want(?:s|ed)? to|wish(?:es)?|hop(?:e|es|ing)
        can (?:be|become|cause|lead|happen|occur)|intend(?:s|ed|ing)?|going to|about to|will|won't|shall|\w+'ll
        afraid|fear|worr(?:y|ies|ied)|risk(?:s|ing|y)?|advocate|recommend(?:ed|s)?|suggest|imagine|wonder
        whether
        what happens|consider|prevent|unlikely|eventually|someday|some day|best practice
        \w+'d (?:like|love|rather|be|never|not)|suppose|assum(?:e|ing)|likely to|ready to|scared|nervous
        so that|says it'll|allow(?:ed)? to|when we (?:go|move|roll|switch|release|deploy|ship)
        next (?:week|month|quarter|year)|in theory|potential(?:ly)?|especially if
    """,
    ),
    Scope(
        "in_trouble",
        Place.CLAUSE,
        r"""
        {down}|errors?|exceptions?|problems?|issues?|bug|outage|incident|fault|failure|symptoms?|same|seen
        crash\w*|hit|hitting|happens?|happening|occur\w*|affect\w*|getting|experienc\w*|since|suddenly|started
        reproduc\w+|only
    """,
    ),
    Scope(
        "denied",
        Place.BEFORE,
        r"""
        (?:not|\w*n't|never|no|without|nothing|neither|nor|cannot)(?: [^ ]+){0,4} ?$
    """,
    ),
    Scope(
        "denied_close",
        Place.BEFORE,
        r"""
        (?:not|\w*n't|never|no|without|nothing|neither|nor)(?: (?:\w+ly|yet|really|directly|even|in|on|at|our|the|any|a))* ?$
    """,
    ),
    Scope(
        "denies_trouble",
        Place.BEFORE,
        r"""
        (?:{not}|without|nothing|neither|nor|no)(?: (?!only|just|but)[^ ]+){0,3}? (?:{touches})(?: [^ ]+){0,4} ?$
        no (?:\w+ )?(?:{trouble})(?: [^ ]+){0,3} ?$
    """,
    ),
    Scope("not_only", Place.BEFORE, r"not (?:only|just|merely|limited|confined|restricted)"),
    Scope(
        "ended",
        Place.CLAUSE,
        r"""
        until|till|suddenly|stopped|no longer|anymore|any more|up to (?:yesterday|now|last|v?\d)|previously
        used to|had been|before the|yesterday|as of (?:today|yesterday|this)
    """,
    ),
    Scope(
        "ended_next",
        Place.NEXT,
        r"""
        ^\W*(?:until|till|suddenly|now it|and (?:then )?suddenly|since (?:then|yesterday|today|this morning|the (?:update|upgrade|release|patch))|today|then)
    """,
    ),
    Scope(
        "was",
        Place.BEFORE,
        r"""
        worked|used to|was working|were working|had been|had|was running|has worked
    """,
    ),
    Scope(
        "fails",
        Place.BEFORE,
        r"""
        (?:\w*n't|not|never|no longer|cannot|stopped|stops|fails?|hardly|barely|crash\w*|error\w*|only|problem|issue|bug|broken|down|nothing)(?: [^ ]+){0,3} ?$
    """,
    ),
    Scope(
        "was_good",
        Place.PREVIOUS,
        r"""
        (?<!not\x20)(?<!n.t\x20)(?:works?|worked|working|recovered|fixed|fine|ok|okay|pass(?:es|ed)?|succeed(?:s|ed)?|solved|resolved|correct(?:ly)?|good|gone|can be reproduced in \w+|healthy|runs|up again|back)(?! only)
    """,
    ),
    Scope(
        "happened",
        Place.CLAUSE,
        r"""
        yesterday|last (?:week|month|night|friday|monday|weekend|tuesday|wednesday|thursday|year)|went live
        has gone live|have gone live|since (?:the |our )?(?:{launch})|after (?:the |our )?(?:{launch})
        was (?:done|completed)
    """,
    ),
    Scope(
        "waits_for_fix",
        Place.AFTER,
        r"""
        (?:waiting|wait|ask(?:ing)?|eager|keen|looking)(?: [^ ]+){0,2} (?:for|on|about) (?:this|the|these|those|an? )?(?:\w+ )?(?:fix|release|feature|update|it|those|version|answer|news)
    """,
    ),
    Scope(
        "testers",
        Place.CLAUSE,
        r"""
        {test}|testers?|test (?:users?|phase|team|patients?|customers?)|key users|rehearsal|demo
    """,
    ),
    Scope(
        "general",
        Place.CLAUSE,
        r"""
        expected (?:behaviou?r|result)|should be able|feature|roadmap|as an? [\w-]+ (?:customer|user|admin)
        so that (?:users|customers)|allow (?:users|customers)
    """,
    ),
    Scope(
        "recurs",
        Place.SENTENCE,
        r"""
        (?:but|and|then|until|only) (?:\w+ ){0,4}(?:again|fails?|crash\w*|down|for (?:a few|\d+|an hour|some) ?(?:minutes|hours|min)?|every)
        keeps|for (?:a few|about|roughly|some|ten|\d+) (?:minutes|min|hours)|returns?
    """,
    ),
    Scope(
        "stopped_working",
        Place.CLAUSE,
        r"""
        (?:not|n't|no longer|stopped|never) (?:work\w*|start\w*)|fails|failing|broken|down|crash\w*
    """,
    ),
)

RULES = (
    # -- the words in another meaning
    Rule(
        "production of goods or works",
        None,
        0,
        r"""
        (?:film|video|music|tv)? ?production (?:calendar|company|board|studio|house)
        production (?:plan(?:s|ning|ner)?|values|schema|orders?|manager|schedul\w+|output|hall|floor|figures|batch\w*|cost|costs|process(?:es)?|quality|workers?|team|department|managers|engineers?|data)
        (?:out of|end of|goes? out of|went out of) production
        (?:music|film|video|media|tv|oil|gas|milk|energy|food|lead|mass|series|data|content|report|document|steel|beer|paper) production(?! {env_noun})
        into? (?:mass|series) production
    """,
    ),
    Rule(
        "production as a kind of build or setting",
        None,
        0,
        r"""
        (?:{own} )?prod(?:uction)?[- ](?:builds?|bundles?|mode|like|ready|readiness|grade|quality|profile|flag|config\w*|settings|scale|sized?|code|dependenc\w+|licen[cs]es?|keys?|certificates?|certs?|style|level|use[- ]case|copy|dump|clone|snapshot|replica|branch|tag|ish|looking|identical|equivalent|strength|hardened|worthy|capable)
        (?:compiled|built|building|build|builds|minified|optimi[sz]ed|bundled|packaged|compile|export(?:ed)?)[- ](?:for|in)[- ]prod(?:uction)?(?: mode)?
        (?:compiled|built)-for-production
        (?:not )?(?:quite )?production-ready
        (?:node_env|rails_env|app_env|deploytype|environment|profile|mode)\W{1,4}(?:is |to |set to )?"?production"?
        (?:copy|dump|clone|snapshot|anonymi[sz]ed|backup|mirror|replica|export|restore|refresh(?:ed)?) (?:of|from) {live}(?: data)?
        {prod_word} (?:data|database|db) (?:copy|dump|clone|snapshot|export)
        as in {prod_word}
        {prod_word} (?:cycles?|readiness|config\w*|guide|checklist|best practices|setup guide|access is)
        (?:{prod_word}) ?(?:and|or|vs\.?|versus|/|,|&) ?(?:{test_word})
        (?:{test_word}) ?(?:and|or|vs\.?|versus|/|,|&) ?(?:{prod_word})(?! (?:are|is|both))
    """,
    ),
    Rule(
        "production named by mistake",
        None,
        0,
        r"""
        (?:selected|chose|chosen|ticked|picked|marked|set|classified|entered|opened)(?: [^ ]+){0,4}? {live}(?: [^ ]+){0,3}? by (?:mistake|accident)
        (?:mistakenly|accidentally|wrongly|erroneously)(?: [^ ]+){0,4}? {live}
        devops|dev ops|dev tools|developer
    """,
    ),
    Rule(
        "live in another meaning",
        None,
        0,
        r"""
        live (?:chat|stream\w*|tv|view|reload|preview|migration|updates?|search|tile|demo|session|call|support|feed|captions?|events?|edit\w*|with|patch\w*|cd)
        (?:to|we|they|people|can|could|must) live(?! (?:in|on) production)
        go(?:es)? live and learn
    """,
    ),
    Rule(
        "an update that cannot be published",
        None,
        0,
        r"""
        (?:can't|cannot|can not|unable to|not able to)(?: \w+){0,2} (?:submit|publish|upload|update)(?: \w+){0,4} (?:update|version|release|bundle|build|app)(?: \w+){0,3} {live}
        {prod_word} (?:support|contract|schema|values|keys|line(?=s? \d)|schedule)
        post-? ?production|non-production licen[cs]es?
    """,
    ),
    # -- not yet live
    Rule(
        "not live yet",
        "no",
        OUTRIGHT,
        r"""
        (?:{not})(?: \w+){0,2}? out yet
        {not}(?: \w+){0,3}? (?:live|released|launched|rolled out|deployed)(?: \w+)? yet
        {not}(?: \w+){0,3}? {in_live}(?: \w+)? (?:yet|so far)
        not yet(?: \w+){0,3}? (?:live|in use|released|launched|rolled out|in operation|{in_live})
        (?:is|are|it's|we're|they're) not(?: even)? live
        never (?:went|gone|been|was|were) live
        (?:no one|nobody|not|no user|\w*n't)(?: [^ ]+){0,3}? (?:uses?|used|works? with|work in|shipped|released|given|rolled out|deployed|installed|available)(?: [^ ]+){0,4}? yet
        (?:no one|nobody|no user|no customer)(?: \w+){0,2} (?:uses|works with|is using|is on|has access to) (?:it|this|that|the system)(?: yet)?
        still (?:in|under) (?:development|evaluation|test(?:ing)?|construction|review|acceptance)
        no (?:real |live |actual |productive |production |paying )?(?:users?|customers?|clients?|patients|traffic|data)(?: \w+){0,3} yet
        (?:we are|we're|are|i'm|i am) (?:only|just|still|currently)(?: \w+){0,2} (?:evaluating|testing|piloting|playing|experimenting|prototyping|evaluation)
        (?:none|nothing|not any)(?: \w+){0,4} for (?:real|actual) (?:users|customers|use)(?: yet)?
        (?:never|hasn't|has not|have not|haven't|not)(?: \w+){0,2} (?:left|made it (?:past|out of)|been deployed|deployed|rolled out|shipped|released)(?: \w+){0,3} (?:lab|test|bench|anywhere|staging|customers?|site|outside)
        (?:parallel|shadow|dry|mock) run|standby site only
        (?:we'll|we will|will) (?:only )?go live|before (?:we|it|they)(?: \w+){0,2} (?:open|hypercare|goes? to)
        before (?:hypercare|opening|the opening|the launch)
        (?:we are|we're) (?:in|doing) (?:an? |the )?(?:evaluation|proof of concept|poc|pilot)(?: phase)?
    """,
        unless=("not_only", "of_a_fix"),
    ),
    Rule(
        "before going live",
        "no",
        TOLD,
        r"""
        (?:{prod_word}) (?:cut-?over|go-?live|launch|rollout|release|upgrade|deployment)(?: \w+)? (?:is|was|has been|will be)? ?(?:on|planned|scheduled|postponed|next|in \w+ (?:days|weeks))
        (?:postpone|delay|cancel|suspend|put off)\w*(?: \w+){0,2} {prod_word} (?:upgrade|update|rollout|migration|deployment|release)
        (?:{launch})(?: \w+)? (?:is|was|has been|will be|would be)? ?(?:planned|scheduled|set|due|next|in \d+|in (?:two|three|four|six) (?:days|weeks)|tomorrow|this|on (?:the |mon|tue|wed|thu|fri|sat|sun|\d)|at risk|date|postponed|delayed|approach\w*|in danger|on hold|in (?:january|february|march|april|may|june|july|august|september|october|november|december|\d))
        (?:before|until|till|ahead of|prior to|for|towards?|approaching|upcoming|planned|tomorrow's|next week's|endanger(?:s|ing)?|threaten(?:s|ing)?|jeopardi[sz](?:e|es|ing)|risk(?:s|ing)?|delay(?:s|ing)?|postpon\w+|block(?:s|ing|er for)?|prepar\w+(?: for)?|to make)(?: (?:our|the|a|an|planned|upcoming|next|official|big|invite-only|public|closed|open|first|real|production))* (?:{launch})(?! (?:version|feature|program))
        (?:plan(?:s|ning|ned)?|want(?:ed)?|going|hop(?:e|ing)|supposed|expect(?:ed|ing)?|due|about|scheduled|intend(?:ing|ed)?|have) to (?:go live|launch|(?:{ship})(?: \w+){0,3} (?:{in_live}|to {live}|production))
        (?:we|it|they|project|which|system)(?: \w+){0,1} (?:will |'ll |would |should )?go(?:es)? live (?:in|on|next|tomorrow|this|at|with|by|after)
        (?:we'll|we will|will|to) go(?:ing)? live
        going live (?:in|on|next|tomorrow|this|at|with)
        worr(?:y|ies|ied)(?: \w+){0,8} {in_live}
        (?:trying|try|tried|want|wanted|like|need|attempting|going|planning|about|preparing|how) to (?:set ?up|setup|install|deploy|put|move|migrate|bring|roll out|promote|prepare|get)(?: [^ ]+){0,6}? (?:{in_live}|{live}|for production)
        (?:postpone|delay|hold|hold off|put off|stop|cancel|suspend)(?:d|ed|s|ing)?(?: \w+){0,2} (?:upgrade|update|rollout|migration|deployment|release)(?: \w+){0,2}? (?:for |of |to |on |in )?(?:{live})
        don't want(?: \w+){0,6} {in_live}
        (?:after|once|when|as soon as) (?:i|we)(?:'ve| have)?(?: \w+){0,2}? (?:test|tested|deploy|try|tried|move|put|go|release|install|roll)(?: \w+){0,4}? {in_live}
    """,
        unless=("happened",),
    ),
    Rule(
        "blocks a release",
        "no",
        TOLD,
        r"""
        (?:block(?:s|ed|ing|er)?|hold(?:s|ing)?(?: up)?|delay(?:s|ed|ing)?|prevent(?:s|ed|ing)?|stop(?:s|ped|ping)?|can't|cannot|can not|unable to|not able to|keeps us from|won't|do not dare to|don't dare to|refuse to|afraid to)… (?:{ship})… (?:{in_live}|{live}|live)
        block(?:s|ed|ing|er)?(?: for)?… (?:{prod_word}) (?:release|deployment|rollout|roll-out|go-?live|launch|upgrade|migration|cutover)
        before(?: \w+){0,3}? (?:{ship})(?: [^ ]+){0,4}? (?:{in_live}|{live}|live|customers)
        {not}(?: \w+){0,3}? (?:{ship})(?: \w+){0,3}? {in_live}
        (?:{in_live}) (?:next|tomorrow|in (?:two|three|\d+) (?:weeks|days|months))
    """,
        unless=("not_only",),
    ),
    # -- production is said to be well
    Rule(
        "nothing productive is concerned",
        "no",
        OUTRIGHT,
        r"""
        nothing… (?:in|on|to|with) (?:{live}|live)
        (?:if (?:this|it) (?:were|was) (?:only )?(?:{prod_word}))
        (?:nothing|none|no)(?: \w+){0,2}? (?:productive|{prod_word})(?: \w+){0,4}? (?:concerned|affected|impacted|involved|broken|down|at risk)
        no(?: \w+){0,2}? (?:{trouble})(?: [^ ]+){0,4}? (?:on|in|for|to|at|from|with|of) (?:{live}|live)
        no {prod_word}(?:[- ](?:{env_noun}))? (?:{trouble})
        no {prod_word}(?: \w+){0,2} (?:uses?|has|have|is|are|was|were|runs?|yet)
        (?:not|never) (?:seen|happens?|occurs?|reproducible|observed)(?: \w+){0,2} outside (?:of )?(?:{test_word}|tests?|the test|our test)
        (?:doesn't|does not|do not|don't|did not|didn't|won't|isn't|is not|are not|aren't|not)(?: \w+){0,2}? (?:affect(?:ing|s)?|impact(?:ing|s)?|touch(?:ing)?|concern(?:ing)?|involve|hit(?:ting)?|hurt(?:ing)?)(?: \w+){0,2}? (?:{live}|live\b|(?:any |our |real |the )*(?:{people})|anyone|anybody)
        without(?: \w+){0,2}? (?:affecting|impact(?:ing)?(?: on)?|touching|disturbing|effect on) {live}
        no(?: real| live| paying| actual| external| end)? (?:customers?|end[- ]?users?|users?|patients?|guests?|clients?|one outside)(?: \w+){0,2}? (?:affected|impacted|noticed|involved|concerned|complained|hit|yet)
        (?:customer|user|business|patient|production|prod) impact\W{1,4}(?:none|no|nil)
        not (?:be |really )?(?:an? )?{prod_word}(?:[- ](?:{env_noun}))? (?:{trouble})
        (?:{people})(?: \w+){0,2}? (?:were|are|was|is|have been|has been)(?: \w+)? not(?: \w+)? (?:affected|impacted|concerned|involved|hit)
        (?:{people})(?: \w+){0,2}? (?:unaffected|(?:don't|didn't|do not|did not) (?:notice|see|feel)(?: \w+){0,2}(?:it|this|anything|problem))
        no (?:customer|user|business|patient|client|external)[- ](?:impact|facing impact|effect)
    """,
        unless=("not_only", "other_nothing", "of_logs"),
    ),
    Rule(
        "production is said to be fine",
        "no",
        OUTRIGHT,
        r"""
        (?:{live})(?: [^ ]+){0,3}? (?:as (?:they|it|usual|expected)(?: should)?|the way (?:they|it) should)
        (?:{live}|live(?: {env_noun})?)(?: (?:itself|there|here|luckily|fortunately|thankfully|side|deployment|however|meanwhile|in contrast|on the other hand|{own}|though))* (?:{stays})(?: {well})* (?:{fine})(?! (?:until|till|for))
        (?:{live}|live)(?: \w+){0,1}:? ?(?:unaffected|not (?:affected|impacted|concerned|touched|involved)|fine|ok|healthy)
        (?:{live}|live)(?: \w+){0,2}? (?:{not}|never)(?: [^ ]+){0,2}? (?:{touches})
        (?:{live}|live)(?: \w+){0,2}? (?:(?:is|are|runs?|stays?) still|still (?:is|runs?)|still)(?: running)? (?:on )?(?:the |an )?(?:old(?:er)?|previous|former|prior|last (?:stable|good)|\d+\.\d+\S*)(?: (?:version|release))?
        (?:{live}|live) (?:still )?(?:has|uses|runs)(?: still)? (?:the |an )?(?:old(?:er)?|previous|former|prior|last)
        (?:{live}|live)(?: \w+){0,1} (?:shows? (?:no|nothing|none)|has no (?:such )?(?:problem|issue|error)s?|sees none)
    """,
        unless=("ended", "ended_next", "not_only", "supposed"),
    ),
    Rule(
        "works in production",
        "no",
        OUTRIGHT,
        r"""
        (?:works?|working|behaves?|passes|succeeds?|performs? (?:well|fine))(?: (?!not|only|slow\w*|in|on)[^ ]+){0,3}? {in_live}
        (?:runs?|running|builds?|looks?|prints?|is|are|all|everything|it's|that's)(?: (?!not|only|slow\w*|in|on)[^ ]+){0,2}? (?:{fine})(?: \w+)? {in_live}
    """,
        unless=("fails", "ended", "ended_next", "not_only", "was", "supposed", "asked"),
    ),
    Rule(
        "fine in production",
        "no",
        OUTRIGHT,
        r"""
        (?:fine|ok|okay|healthy|stable|normal(?:ly)?|correct(?:ly)?|perfect(?:ly)?|properly|unaffected|smooth(?:ly)?) {in_live}
    """,
        unless=("fails", "denied_close", "ended", "ended_next", "was", "not_only", "supposed", "asked"),
    ),
    Rule(
        "never seen in production",
        "no",
        OUTRIGHT,
        r"""
        (?:{not})(?: \w+){0,2}? (?:been )?(?:used|deployed|installed|running|rolled out|tested|released)(?: \w+)? (?:{in_live})
        (?:{not}),?(?: (?!only|just)[^ ]+){0,4}? (?:{touches})(?: (?!only)[^ ]+){0,4}?,? (?:{in_live}|{live})
    """,
        unless=("not_only", "other_nothing"),
    ),
    Rule(
        "production recovered",
        "no",
        OUTRIGHT,
        r"""
        (?:{live}|live)(?: \w+){0,2}? (?:(?:is|are|was|were|has been|came|come|seems)(?: \w+){0,2}? (?:back(?: to normal| online| up| again| in service)?|up again|running again|working again|restored|recovered|stable again|healthy again|fixed|resolved)|recovered|works? again|runs? again)
        (?:fixed|resolved|solved|gone|recovered|restored|back to normal|no longer (?:happens|occurs|seen|there|present|reproducible))(?: now| since \w+)? {in_live}
        (?:problem|issue|outage|incident|bug|error)s?(?: [^ ]+){0,6}? {live}(?: \w+){0,2}? (?:is|are|was|were|has been|have been)(?: \w+)? (?:resolved|solved|fixed|over|closed|gone|history)
        {prod_word} (?:outage|incident|problem|issue|error)s?(?: \w+)? (?:is|are|was|were|has been)(?: \w+)? (?:resolved|solved|fixed|over|closed|gone)
        (?:no longer|not) (?:needed|necessary|required) {in_live}
        (?:fix|patch|hotfix|correction)(?: \w+){0,3} (?:is|has been|was|are|have been)(?: \w+){0,2} (?:available|deployed|rolled out|live|applied|installed|released)(?: \w+){0,2} (?:{in_live}|live)
        (?:incident|outage|problem|issue)(?: \w+){0,3} (?:over|resolved|solved|fixed|closed|ended) {in_live}
    """,
        unless=("denied", "supposed", "recurs", "denies_it"),
    ),
    Rule(
        "production shows it",
        "yes",
        OUTRIGHT,
        r"""
        {live} (?:shows?|has|have|had|sees|exhibits|suffers from)(?: \w+)? the (?:same|problem|issue|error|bug|fault)
        (?:not|isn't) (?:only|just|limited to)(?: \w+){0,3} (?:{test})
        same (?:\w+ )?{in_live}
    """,
        unless=("supposed",),
    ),
    Rule(
        "still not in production",
        "yes",
        OUTRIGHT,
        r"""
        ^\W*(?:and |yet |only |so |just |but )*(?:not|never|nothing)(?: \w+)? (?:{in_live}|{live})
    """,
        given=("was_good",),
        unless=("not_only",),
    ),
    Rule(
        "not in production",
        "no",
        OUTRIGHT,
        r"""
        (?:not|never|nothing)(?: (?:yet|seen|even|directly|running|used|deployed|is|really|at all))? (?:{in_live}|{live})(?! (?:alone|only))
        (?:is|it's|it is|was)(?: \w+)? not (?:a |the |our )?(?:{prod_word})(?: {env_noun})?
        (?:instead of|rather than|as opposed to|unlike(?: in)?) {live}
    """,
        unless=("not_only",),
    ),
    Rule(
        "only somewhere else",
        "no",
        MEANT,
        r"""
        (?:only|just|solely|limited to|restricted to|confined to|purely|exclusively)(?: [^ ]+){0,5}? (?:{test}|locally|local|my (?:laptop|machine)|emulator|simulator)
    """,
        unless=("denied", "not_only"),
    ),
    # -- production only thought of
    Rule(
        "production only thought of",
        None,
        0,
        r"""
        {live}
    """,
        given=("supposed",),
    ),
    Rule(
        "asked about production",
        None,
        0,
        r"""
        {live}
    """,
        given=("asked",),
        unless=("in_trouble",),
    ),
    Rule(
        "meant for production",
        None,
        0,
        r"""
        (?:for|in) (?:a|an|any) (?:{prod_word})(?: {env_noun})?
        for (?:{prod_word})(?: {env_noun})?
        (?:feature|requirement|important|recommended|suited|suitable|intended|meant|designed|needed|required|useful|safe|supported|appropriate|fit|ready|approved)(?: \w+)? (?:for|in) {live}
    """,
        unless=("in_trouble",),
    ),
    # -- production is affected
    Rule(
        "production said to be affected",
        "yes",
        OUTRIGHT,
        r"""
        live (?:is|was|has been|went)(?: \w+){0,2} (?:{down})
        {live}(?: [^ ]+){0,4}? (?:{down})
        (?:affect(?:s|ed|ing)?|impact(?:s|ed|ing)?|broke|breaks|breaking|hit(?:s|ting)?|took down|takes down|taking down|brought down|brings down|killed|kills|block(?:s|ing|ed)|crash(?:es|ed)?|outage (?:in|of|on)|incident (?:in|on)|stopp(?:ed|ing)|halted|halts|down)(?: \w+){0,3}? (?:{live}|in_live)
        {live} (?:outage|down|incident|issue|problem|stop|standstill|crash|failure|impact|emergency|halt|error|stopped|impacted|affected)
        (?:down|broken|failing|fails|crashing|unusable|unavailable|error|errors|outage|corrupt\w*|stuck) {in_live}
    """,
        unless=("denied_close", "denies_trouble"),
    ),
    Rule(
        "happens in production",
        "yes",
        MEANT,
        r"""
        live(?=[,)])
        (?:in|at) our (?:\w+ )?(?:{place})
        {live}
        {in_live}
        (?:in|at|of|for|from|across|on) (?:any|all|each|every|most|several|two|three|four|five|six|half|\d[\d.,]*)(?: of)?(?: our| the| these)?(?: \w+){0,2}? (?:{place})
        live(?= (?:too|as well|also))
    """,
        unless=("denies_trouble",),
    ),
    Rule(
        "in live operation",
        "yes",
        TOLD,
        r"""
        (?:our|the|my) (?:released|published|shipped) (?:app|version|product|client)|(?:app|play) ?store (?:version|users|reviews)|installed base|we have live|\w+ console shows|crashes for \d+ users|from the field|customer sites?|live in the (?:store|field)
        (?:field|on-?site) (?:technicians|engineers|staff|service|crews?)
        (?:is|are|been|went|gone|was|being) (?:already |now |all )?live
        (?:since|after) (?:the |our )?(?:{launch})|since we (?:went live|launched|opened)
        (?:{launch}) (?:was|went|took place|happened)(?: \w+){0,2} (?:last|yesterday|on \w+day|this (?:morning|week)|well|smoothly|in \w+)
        (?:published|released|shipped|rolled out|available) (?:in|on|to|through) the (?:app ?store|play ?store|stores?|market\w*)
        to (?:all|every) (?:\w+ )?(?:customers|users|clients|sites|stores)
        (?:our|the|whole|entire|\d+)(?: \w+){0,2} fleet|in service|commercial (?:use|operation|service)|roaming
        serving (?:user|customer|real|live|paying) \w+|real (?:users?|customers?|patients|money|orders)
        already (?:live|released|launched|in use|in operation)
        published (?:in|on|to) (?:the )?(?:google|apple|app|play|market\w*|store)
        (?:in|on) the (?:app ?store|play ?store|store|field)
        (?:daily|live|day-to-day|24/7|regular|normal) (?:operations?|business)
    """,
        unless=("denied", "supposed"),
    ),
    Rule(
        "customers are affected",
        "yes",
        TOLD,
        r"""
        \d[\d.,]* (?:\w+ ){1,2}(?:can't|cannot|can no longer|are unable|have no|are without|are locked out|are waiting)
        of our (?:customers|users|clients)(?: \w+)? (?:are|is)(?: \w+)? (?:concerned|affected|impacted)
        (?:customers|clients|users|guests|visitors)(?: \w+){0,2} (?:have been|keep|are|is) (?:asking|calling|booking|ordering|paying|buying|receiving)(?: [^ ]+){0,4}? (?:wrong|why|twice|old|double|nothing|what)
        (?:(?:our|all|many|several|some|few|hundreds|thousands|dozens|of|multiple|most|more|paying|existing|external|real|both|two|three|\d[\d.,]*k?|lots?|number|significant|handful|their|my|other|the|these|every|half|affected|internal|business|remote|a) ){1,5}(?:{people})(?: (?!who|test)[^ ]+){0,4}? (?:{hurt}|{down})
        ^\W*(?:{people})(?: (?!who|test)[^ ]+){0,3}? (?:{hurt}|{down})
        (?:{outsiders})(?: (?!who|test)[^ ]+){0,6}? (?:{hurt})
        (?:end users|customers|visitors|guests|patients|subscribers|citizens|passengers|shoppers|pupils|students)(?: (?!who|test)[^ ]+){0,4}? (?:see|sees|saw|get|gets|got|only get|receive|noticed|wait|stand|have)
        (?:{outsiders}|users|tenants)(?: [^ ]+){0,9}? (?:are|is|keep) (?:complaining|locked out|reporting|calling|asking)
        (?:{people}|tenants) (?:affected|impacted|blocked|concerned)(?! by (?:the )?(?:change|update)\?)
        (?:{outsiders}|people|staff|drivers|nurses) (?:are |were )?(?:sent home|turned away|stranded|standing in line|queuing)
    """,
        unless=("supposed", "waits_for_fix", "testers", "general", "asked"),
    ),
    Rule(
        "paying customers",
        "yes",
        HINTED,
        r"""
        paying customers|on behalf of (?:a|our|the) \w+|customer-facing
        (?:the|our) (?:public|live) (?:website|site|page|portal)
        (?:our|all) (?:{place})
    """,
        unless=("supposed", "testers", "general", "asked"),
    ),
    Rule(
        "affects customers",
        "yes",
        TOLD,
        r"""
        (?:timeouts?|errors?|problems?|issues?|outages?|crash(?:es)?|logs? out|kicks? out)(?: for| of)? (?:our |some |all |many |the |several ){0,2}(?:{outsiders}|users|tenants)
        (?:affect(?:s|ed|ing)?|impact(?:s|ed|ing)?|block(?:s|ed|ing)?|hurt(?:s|ing)?|hit(?:s|ting)?|locked out|losing|lost|lose|complaints? (?:from|by|of)|calls? from|reports? from|mails? from|reported by|reports? by|feedback from|tickets? from|outage for|down for|broken for|unavailable for|failing for|fails for|refund\w*|turn(?:ed|ing)? away|angry|double[- ]charg\w+|charg\w+|told|happens? (?:to|for|with))(?: [^ ]+){0,4}? (?:our |all |many |several |every |the |paying |external |end |real |some |\d+ |of ){0,3}(?:{outsiders}|users|everyone|everybody)
    """,
        unless=("denied_close", "supposed", "waits_for_fix", "testers", "asked"),
    ),
    Rule(
        "a live place stands still",
        "yes",
        TOLD,
        r"""
        (?:our|the|all|whole|entire|every|both|several|\d+|two|three|four|five|complete|main|central|public|no)(?: [^ ]+){0,3}? (?:{place})(?: [^ ]+){0,4}? (?:{down}|can't|cannot|can not|unable)
        ^\W*(?:{place})(?: [^ ]+){0,3}? (?:{down}|can't|cannot|can not|unable)
        (?:down|offline|closed|standstill|outage|out)(?: [^ ]+){0,2} (?:in|at|of|on) (?:our |the |all |every |whole |\d+ )+(?:{place})
    """,
        unless=("denied_close", "supposed", "testers", "asked"),
    ),
    Rule(
        "business stands still",
        "yes",
        TOLD,
        r"""
        (?:business|operations?|work|shipping|shipments?|deliver(?:y|ies)|orders?|payments?|sales|billing|invoicing|surger(?:y|ies)|admissions?|dispatch(?:ing)?|payroll|trading|boarding|check-?in|manufacturing|picking|loading|baggage|calls)(?: [^ ]+){0,3}? (?:at a (?:\w+ )?(?:standstill|halt)|standing still|stands? still|stopped|halted|at standstill|piling up|interrupted|paraly[sz]ed|suspended|by (?:hand|paper|phone)|cancel\w+|lost)
        (?:losing|lose|loses|lost|costs? us|costing us)(?: [^ ]+){0,3}? (?:money|revenue|orders?|sales|turnover|eur|usd|€|\$|\d+k?|business|bookings?)
        (?:can't|cannot|can not|can no longer|unable to|not able to) (?:ship|invoice|bill|sell|deliver|dispatch|admit|discharge|take (?:orders|payments|calls|bookings)|serve|treat|operate|trade|produce|process (?:orders|payments|claims)|pay|book|issue (?:tickets|invoices|prescriptions)|load trucks|accept (?:orders|payments|cards))
        people are (?:waiting|sent home|idle|standing)|(?:are|is) (?:sitting|standing) idle
        (?:can't|cannot) (?:do|perform) their (?:work|jobs?)
        nobody can (?:work|log ?in|pay|order|book|ship|print|access|sign ?in|check ?in)
    """,
        unless=("supposed", "testers", "general"),
    ),
    # -- only elsewhere
    Rule(
        "told apart from a test environment",
        None,
        0,
        r"""
        (?:works?|worked|working|fine|ok|okay|pass(?:es|ed)?|recovered|never|not|no (?:problems?|issues?|errors?)|\w*n't|instead of|unlike|than|like|same as|compared (?:to|with)|resembl\w+|similar to|before|first|succeed\w*|cannot|could not|set up|also|prepare|tested)(?: [^ ]+){0,5}? (?:{test}|locally|local|my machine)
        (?:{test})(?: \w+){0,2}? (?:works?|is fine|is ok|are fine|passe[sd]|was fine|worked|runs? fine|behaves|shows nothing|is (?:not affected|healthy|green|ok)|does not show|doesn't show)
    """,
        unless=("stopped_working",),
    ),
    Rule(
        "in a test environment",
        "no",
        HINTED,
        r"""
        {test}
    """,
        unless=("not_only",),
    ),
    Rule(
        "on a developer's machine",
        "no",
        HINTED,
        r"""
        scratch (?:box|image|machine|disk|vm|system)|engineering sample|test harness|fuzz\w* (?:vms?|setup|rig)|our fuzzer|in the pilot|no real (?:sales|machine|traffic)
        (?:on|in|with) my (?:\w+ )?(?:m[1-4]|mac(?:book)?|pc|windows|linux|ubuntu|desktop|notebook)|during development|(?:while|when) debugging|dev container|hot reload
        (?:on|in|with) (?:my|our|the|a|his|her)(?: own| local| dev| developer| development)* (?:laptop|notebook|workstation|emulator|simulator|local (?:machine|environment|setup|dev\w*))
        local (?:dev(?:elopment)?|environment|setup|build|docker)|localhost|locally
        playground|homelab|home lab|release candidates?|nightly builds?|unit tests|mock servers?|test suite
        simulators?|(?:in|on) (?:the |an )?emulator|(?:our |the )?ci (?:build|pipeline|job|run|server|system)s?
        (?:our|in|on|the) ci|proof of concept|hackathon|prototype|testers
        (?:we are|we're|still|only|just) evaluating|evaluation (?:phase|licen[cs]e|version|copy|period)|trial (?:licen[cs]e|version|period|account)
        demo (?:tenant|account|data|system|env\w*|instance|tomorrow|for)
        test (?:phase|users?|accounts?|patients?|orders?|customers?)
    """,
        unless=("not_only", "denied"),
    ),
)

PRODUCTION = Table(
    common="",
    rules=RULES,
    scopes=SCOPES,
    vocabulary=VOCABULARY,
)
