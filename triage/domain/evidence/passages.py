"""What of a text is somebody's own and new, cut into sentences and clauses. Linear in the text's length.

Nothing is copied or moved: a plain twin of the text, of the same length, is searched instead of it, so that whatever
is found there can be quoted from the text itself, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A clause is never longer, so that no pattern can be slow on a text without full stops.
LONGEST = 300

#: More of a text is not read: Jira itself takes no more than 32,767 characters, so what is longer is a log. What nobody
#: has read says nothing, and in doubt a P0 pages.
ENOUGH = 40_000

#: What people type for the same thing; each is as long as what takes its place.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("’‘´ʼ", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys(
            "\r\t\x0b\x0c\xa0\u2007\u202f\x00\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff", " "
        ),
        **dict.fromkeys("–—‑−", "-"),
    }
)

#: Blocks that are not speech. Each is found by its first and last mark, never by what is between them.
FENCES = (
    ("```", "```"),
    ("{code", "{code}"),
    ("{noformat", "{noformat}"),
    ("<pre", "</pre>"),
    ("{quote}", "{quote}"),
)

#: From here on a mail repeats an older one.
REPLY_HEADER = re.compile(
    r"^ {0,4}(?:on [^\n]{4,160}(?:\n[^\n]{0,80})? wrote:|am [^\n]{4,160} schrieb[^\n]{0,100}:|le [^\n]{4,160} a écrit ?:"
    r"|el [^\n]{4,160} escribió:|-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|forwarded message) ?-{2,}|_{10,}|from: [^\n]{1,200}\n *(?:sent|date|to): )",
    re.MULTILINE,
)
#: Whoever forwards a text makes it their own.
FORWARDED_SUBJECT = re.compile(r"(?:fwd?|wg|tr|rv)\s{0,3}:")
FORWARDED = re.compile(
    r"\bfyi\b|\bforward(?:ed|ing)\b|\bpassing (?:this |it )?on\b|\bweiterleit|\bweitergeleitet\b|\btransf[eé]r|\breenv[ií]"
)
#: What stands above a forwarded text is no longer than this.
NOTE = 160
SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
QUOTED_LINE = re.compile(r"^ {0,3}>[^\n]*", re.MULTILINE)
#: Addresses, assignments and the like: `https://prod.example`, `NODE_ENV=production`, `production.log`.
MACHINE_WORDS = re.compile(
    r"\b(?:https?|ftp)://[^\s<>\"]{1,2000}|(?<!\S)[\w./~-]{0,200}(?:/[\w.-]{1,100}){2,}|\b[\w-]{1,60}(?:\.[\w-]{1,40}){1,6}\.?(?:ya?ml|json|js|ts|log|conf|cfg|ini|xml|properties|env|py|sh|html?)\b|[\w.+-]{1,64}@[\w.-]{1,120}|--?\w[\w-]{0,40}[ =](?:prod\w*|live|dev\w*|test|staging)\b|\b\w{2,40}[=:](?:prod\w*|live|test|dev\w*|stag\w*)\b"
)
#: Lines of logs, stack traces and data.
MACHINE_LINES = re.compile(
    r"^ *(?:at [\w.$<>]{3,200}\(|file \"|caused by:|traceback \(|\"[\w.-]{1,80}\" ?:|[{}\[\]]+,? *$|[$#] "
    r"|\[?\d{4}-\d\d-\d\d[t ]\d\d:\d\d|\[?\d{2}:\d{2}:\d{2}[.,\d]*\]? |\[(?:info|warn|error|debug))[^\n]*",
    re.MULTILINE,
)

#: Where one sentence ends and the next begins.
SENTENCE_END = re.compile(r"[.!?]+[\"')*_]*(?=[ \n]|$)|\n(?=\n)|\n *(?=[-*•+#|] |\d{1,2}[.)] )|;(?=[ \n])|\|")
#: A line that ends neither with its own sentence nor in the middle of a wrapped one: a heading, a field, a short note.
LINE_END = re.compile(r"\n(?=[^\S\n]*\S)")
#: Where a sentence turns: what is said of one side does not hold for the other.
TURN = re.compile(
    r",? (?:but|however|though|although|whereas|while|yet still|except that|aber|jedoch|sondern|doch|während|mais|alors que"
    r"|cependant|pero|sino|mientras que|aunque|sin embargo)(?=[ ,])|, (?=so |and (?:we|it|the|our|now|then|this|that|they|i) "
    r"|it |we |this |that |they |there |i |our |the |now |then |which |all |only |since |until |because |wir |es |das |on |nous |il |ça )"
    r"| - | \(|\) |: "
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a sentence: where it stands, its plain twin, and which sentence it belongs to."""

    start: int
    end: int
    plain: str
    sentence: int
    asks: bool


def plain_twin(text: str) -> str:
    """The text in small letters and with one kind of each mark, as long as it was; what is no speech is blanked."""
    twin = text.translate(PLAIN)
    small = twin.lower()
    if len(small) != len(twin):  # a few letters have no single small one
        small = "".join(low if len(low := char.lower()) == 1 else char for char in twin)
    return small


def own_words(text: str, subject: str = "") -> str:
    """The plain twin with everything blanked that is quoted, signed, or written by a machine."""
    twin = plain_twin(text)
    for opening, closing in FENCES:
        twin = _without_blocks(twin, opening, closing)
    twin = _blanked(MACHINE_LINES, _blanked(MACHINE_WORDS, twin))
    signature = SIGNATURE.search(twin)
    if signature:
        twin = _blank(twin, signature.start(), len(twin))
    fresh = _unquoted(twin)
    if _is_forwarded(fresh, plain_twin(subject[:200]), twin) or (subject and fresh.isspace()):
        return twin.replace(">", " ")
    return fresh


def _is_forwarded(fresh: str, subject: str, twin: str) -> bool:
    """Whether the subject says so, or a line or two above the quoted text, which is then no answer to it."""
    if FORWARDED_SUBJECT.match(subject):
        return True
    above = fresh.strip()
    return len(above) <= NOTE and bool(FORWARDED.search(above)) and not REPLY_HEADER.search(twin)


def _unquoted(twin: str) -> str:
    """Without older mails."""
    header = REPLY_HEADER.search(twin)
    fresh = twin
    if header:  # whoever answers between the quoted lines goes on writing below the header
        is_inline = twin[header.end() :].lstrip().startswith(">")
        fresh = _blank(twin, header.start(), header.end() if is_inline else len(twin))
    return _blanked(QUOTED_LINE, fresh)


def _without_blocks(twin: str, opening: str, closing: str) -> str:
    pieces, at = [], 0
    while (begin := twin.find(opening, at)) >= 0:
        end = twin.find(closing, begin + len(opening))
        if end < 0:
            break
        end += len(closing)
        pieces += [twin[at:begin], "|", _spaces(twin[begin + 1 : end])]  # what follows is another sentence
        at = end
    return "".join(pieces) + twin[at:]


def _blanked(pattern: re.Pattern[str], twin: str) -> str:
    return pattern.sub(lambda found: _spaces(found[0]), twin)


def _blank(twin: str, start: int, end: int) -> str:
    return twin[:start] + _spaces(twin[start:end]) + twin[end:]


def _spaces(piece: str) -> str:
    """As long as the piece, with its line ends."""
    return "\n".join(" " * len(line) for line in piece.split("\n"))


def clauses(twin: str) -> Iterator[Clause]:
    """The clauses of a plain twin, in order."""
    for number, (start, end) in enumerate(_sentences(twin)):
        asks = "?" in twin[end - 4 : end]
        at = start
        for turn in TURN.finditer(twin, start, end):
            yield from _pieces(twin, at, turn.start(), number, asks=asks)
            at = turn.start()
        yield from _pieces(twin, at, end, number, asks=asks)


def _pieces(twin: str, start: int, end: int, number: int, *, asks: bool) -> Iterator[Clause]:
    for at in range(start, end, LONGEST):
        stop = min(at + LONGEST, end)
        piece = twin[at:stop].replace("\n", " ")
        if LETTER.search(piece):
            yield Clause(at, stop, piece, number, asks)


def _sentences(twin: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in SENTENCE_END.finditer(twin):
        yield from _lines(twin, at, match.end())
        at = match.end()
    yield from _lines(twin, at, len(twin))


def _lines(twin: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut where a line was ended on purpose: after a short one, or before one with a label."""
    at = begin = start
    for match in LINE_END.finditer(twin, start, end):
        line = twin[twin.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
        begin = match.end()
        if line and (len(line) < SHORT_LINE or LABEL.match(twin, begin)):
            yield at, match.start()
            at = begin
    if at < end:
        yield at, end


LETTER = re.compile(r"[^\W\d_]")
#: Mails are wrapped at some 70 characters; a shorter line has been ended on purpose.
SHORT_LINE = 50
LABEL = re.compile(r" {0,4}[*#_]{0,4}[a-zäöüéèáíóúñ][\w äöüßéèàáíóúñ/()-]{1,40}[*_]{0,2} ?[:=]")
