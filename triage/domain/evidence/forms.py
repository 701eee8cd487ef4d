"""Answers in forms: `Environment: PRD`, `Workaround: none`, a heading with the answer below it, `[PROD]` in a subject."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.domain.evidence.passages import Clause
from triage.domain.evidence.rules import FORM, Finding
from triage.domain.priority import Axis

#: A label at the beginning of a line, and its answer behind it.
FIELD = re.compile(
    r"^[ *#_>•+-]{0,8}(?P<label>[a-zäöüéèàáíóúñ][\w äöüßéèàêáíóúñ/()'.-]{0,60}?)[ *_]{0,3}"
    r"(?:[:=?][:=]?| -+(?= ))[ *_]{0,3}(?P<same>[^\n]*)",
    re.MULTILINE,
)
#: A heading, and its answer on the next line that is not empty.
HEADING = re.compile(
    r"^ {0,3}(?:#{1,6} |\*\*|h[1-6]\. )(?P<label>[^\n]{1,60}?)[*_:?]{0,4} *\n\s{0,40}(?P<below>[^\n]+)", re.MULTILINE
)
#: One choice of several: `[x] Test`, `☑ Production`.
CHOICE = re.compile(r"(?P<mark>\[[ x]?\]|\([ x]?\)|[☐☑☒✓✔]) {0,2}(?P<choice>[a-z][a-z/ -]{0,40})")
CHOSEN = re.compile(r"[x☑☒✓✔]")
TAG = re.compile(r"[\[(](?P<tag>[a-z -]{2,20})[\])]")

PRODUCTION_LABEL = re.compile(
    r"(?:is )?(?:affect\w* |impact\w* |target |deployment )*(?:env(?:ironment)?s?|stage|landscape|umgebung|environnement|entorno|ambiente|système|system ?typ\w*"
    r"|production|prod|produktion|producción|en production|impact|affected systems?|where)"
    r"(?: type| affected| impacted| impact| down| name| betroffen| affectée?| touchée?| afectad[ao]| name| used| details)?\??"
)
IS_PRODUCTION_LABEL = re.compile(r"produ[ck]tion|prod\b|producción")
LIVE = re.compile(
    r"(?:the |our |only )*(?:productions?|prod|prd|live|produktion|produktiv\w*|produktivsystem|echtsystem|production|producción|productivo|pro)\b"
)
NOT_LIVE = re.compile(
    r"(?:the |our |only )*(?:staging|stage|test\w*|uat|qas?|dev\w*|sandbox|demo|poc|pre-? ?prod\w*|non-? ?prod\w*|integration|abnahme|entwicklung|local\w*|ci|lab|training|schulung"
    r"|recette|préprod\w*|développement|desarrollo|pruebas|preproducción|acceptance|pilot|trial|evaluation|emulator|simulator)\b"
)
YES = re.compile(r"(?:yes|y|ja|oui|sí|si|true|full|total|critical|high|severe|affected|down|all|x)\b")
#: The whole answer to "production affected?" that says no; a longer one is a sentence, and is read as one.
UNAFFECTED = re.compile(
    r"(?:no|none|nein|non|not|false|nil|n|minor|low|unaffected|keine?|aucune?|ningun[ao])(?: (?:not )?(?:affected|impacted|impact|at all|betroffen"
    r"|touchée?|afectad[ao]|yet|fine|ok|concerned))*[ .,;!]*(?:\(.*\)|[-,;(].*)?"
)
NEGATED = re.compile(
    r"\b(?:\w*n't|(?:have|has|is|are|was|do|does|did|there is|we have|could) (?:not|none|no)|none|kein\w*|gibt es nicht|n'y (?:en )?a pas|pas de|aucun\w*|no hay|no tenemos|ningun\w*)\b"
)
ASKING = re.compile(r"(?:is|are|any|do|does|gibt|existe|y a|hay|exists)\b")

WORKAROUND_LABEL = re.compile(
    r"(?:(?:is |a |any |known |current |available |possible |temporary |existing |exists a |is there a |manual )*(?:work-? ?arounds?|umgehungs?(?:lösung|möglichkeit)?|behelfslösung|contournement|solution de contournement"
    r"|solución (?:temporal|alternativa)|solucion temporal|alternativa|soluciones alternativas|way around|mitigation|fallback))"
    r"(?: available| known| exists?| possible| found| applied| in place| tried| status| vorhanden| bekannt| möglich| connu| possible| existant| conocid[ao]| disponible| tested| used)*(?: \([^)]{0,30}\))?\??"
)
NOTHING_SAID = re.compile(
    r"(?:(?:we |i )?(?:don't|do not) know|not sure|weiß nicht|ne sais pas|no sé|urgent\w*|needed|please|asap)\b|"
    r"(?:n/?\.?a\.?|not applicable|tbd|unknown|\?+|-+|_+|\.+|\*|see (?:below|above)|please|any|entfällt|sans objet|no aplica|unbekannt|inconnu|desconocid[ao]|not (?:yet )?(?:checked|tested|tried|needed|required|necessary)|no longer needed|nicht (?:nötig|erforderlich)|pas nécessaire|no necesari[ao]|none needed|none (?:required|necessary)|no response|to be (?:filled|done|checked|determined|clarified)|none entered|not investigated\w*|not looked)(?!\w)"
)
NONE = re.compile(
    r"(?:(?:we|i|there) (?:have|know|see|found|is|are) (?:of )?(?:none|no|nothing)|(?:so far|currently|unfortunately|sadly|sorry)[, ]+(?:no|none|nothing|not)|no|none|nope|nil|nothing|not (?:available|known|found|possible|at|that|any|so far|yet)|never|zero|keine?r?s?|nein|nicht|aucune?|non|pas|ningun[ao]|ninguna|no hay|nada|impossible|unmöglich|0|false|n)\b"
)
FAILS = re.compile(
    r"tried(?!.*(?:works|helps|ok))|rejected|refused|no other|"
    r"(?:did|does|do|has|have)(?:n't| not) (?:help|work)|fail|without (?:effect|success)|stopped working|no longer works|in vain|nothing helps|ohne erfolg|hilft nicht|sans succès|sin éxito|no funciona"
)


def form_findings(axis: Axis, twin: str) -> Iterator[Finding]:
    """What the fields of a form say; the answer is quoted with its label."""
    for pattern in (FIELD, HEADING):
        for match in pattern.finditer(twin):
            label, name = match["label"].strip(), "same" if pattern is FIELD else "below"
            answer = (match[name] or "").strip(" *_`\"'")
            value = _value(axis, label, answer)
            if value is not None:
                yield _finding(value, f"{axis} in a form", match.start("label"), match.end(name), twin)
    if axis is Axis.PRODUCTION:
        yield from _tags(twin)
        yield from _choices(twin)


def _choices(twin: str) -> Iterator[Finding]:
    """Of boxes to tick, the ticked one counts; the others must not be read as words, so they are found without value."""
    for match in CHOICE.finditer(twin):
        choice = match["choice"].strip()
        value = "yes" if LIVE.match(choice) else "no" if NOT_LIVE.match(choice) else None
        if value is not None:
            weight = FORM if CHOSEN.search(match["mark"]) else 0
            yield _finding(value, "environment ticked", match.start(), match.end("choice"), twin, weight)


def _tags(twin: str) -> Iterator[Finding]:
    """`[PROD] checkout down`: only at the beginning of a line."""
    for match in re.finditer(r"^[^\n]{0,3}" + TAG.pattern, twin, re.MULTILINE):
        tag = match["tag"]
        value = "yes" if LIVE.fullmatch(tag) else "no" if NOT_LIVE.fullmatch(tag) else None
        if value is not None:
            yield _finding(value, "environment as a tag", match.start("tag"), match.end("tag"), twin)


def _value(axis: Axis, label: str, answer: str) -> str | None:
    if not answer:
        return None
    if axis is Axis.PRODUCTION:
        return _production(label, answer) if PRODUCTION_LABEL.fullmatch(label) else None
    return _workaround(label, answer) if WORKAROUND_LABEL.fullmatch(label) else None


def _production(label: str, answer: str) -> str | None:
    if IS_PRODUCTION_LABEL.search(label):
        return "no" if UNAFFECTED.fullmatch(answer) else "yes" if YES.match(answer) else None
    if LIVE.match(answer):
        return "yes"
    return "no" if NOT_LIVE.match(answer) and not LIVE.search(answer) else None


def _workaround(label: str, answer: str) -> str | None:
    """A question may be the customer's own, so only a closed answer to it is one."""
    if NOTHING_SAID.match(answer) or answer.endswith(("?", "!?")) or answer.startswith("("):
        return None
    if FAILS.search(answer) or NONE.match(answer) or NEGATED.search(answer[:60]):
        return "none"
    is_question = ASKING.match(label) is not None
    return None if is_question and not YES.match(answer) else "exists"


def _finding(value: str, rule: str, start: int, end: int, twin: str, weight: int = FORM) -> Finding:
    return Finding(value, rule, weight, start, end, Clause(start, end, twin[start:end], -1, asks=False))
