"""What a customer's contact reads when they are paged, in their language, and what our engineer hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.configuration import Person, Support
from triage.domain.customer_page import CustomerPageState
from triage.domain.explain import in_words, until, wall
from triage.domain.oncall import zone_named


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language; `{who}` is the engineer who asks, `{support}` all of us."""

    subject: str
    asks: str
    open_page: str
    button: str
    then: str
    call_back: str
    write_back: str
    outside: str
    yours: str
    others: str
    late: str
    over: str


PHRASES: Mapping[str, Phrases] = {
    "en": Phrases(
        subject="{support} needs your help: {ticket}",
        asks="{who} needs your help with {ticket}:",
        open_page="Please open this page and press “{button}”:",
        button="I am here",
        then="Then {who} is told at once, and nobody else at {customer} is paged.",
        call_back="To call back: {who}, {phone}.",
        write_back="You can also answer in {key}.",
        outside="This is outside the hours in which you agreed to be paged, but it cannot wait.",
        yours="Thank you. {who} knows that you are here.",
        others="{name} has answered already. You need not do anything.",
        late="Nobody answered in time. If you can still help, please get in touch.",
        over="This is over. You need not do anything.",
    ),
    "de": Phrases(
        subject="{support} braucht Ihre Hilfe: {ticket}",
        asks="{who} braucht Ihre Hilfe bei {ticket}:",
        open_page="Bitte öffnen Sie diese Seite und drücken Sie „{button}“:",
        button="Ich bin da",
        then="Dann erfährt es {who} sofort, und bei {customer} wird niemand sonst gerufen.",
        call_back="Für einen Rückruf: {who}, {phone}.",
        write_back="Sie können auch in {key} antworten.",
        outside="Das liegt außerhalb der Zeiten, denen Sie zugestimmt haben, kann aber nicht warten.",
        yours="Vielen Dank. {who} weiß, dass Sie da sind.",
        others="{name} hat schon geantwortet. Sie müssen nichts tun.",
        late="Niemand hat rechtzeitig geantwortet. Wenn Sie noch helfen können, melden Sie sich bitte.",
        over="Das ist vorbei. Sie müssen nichts tun.",
    ),
    "fr": Phrases(
        subject="{support} a besoin de votre aide : {ticket}",
        asks="{who} a besoin de votre aide pour {ticket} :",
        open_page="Ouvrez cette page et appuyez sur « {button} » :",
        button="Je suis là",
        then="{who} le saura alors aussitôt, et personne d'autre chez {customer} ne sera appelé.",
        call_back="Pour rappeler : {who}, {phone}.",
        write_back="Vous pouvez aussi répondre dans {key}.",
        outside="C'est en dehors des heures que vous avez acceptées, mais cela ne peut pas attendre.",
        yours="Merci. {who} sait que vous êtes là.",
        others="{name} a déjà répondu. Vous n'avez rien à faire.",
        late="Personne n'a répondu à temps. Si vous pouvez encore aider, faites-nous signe.",
        over="C'est terminé. Vous n'avez rien à faire.",
    ),
    "es": Phrases(
        subject="{support} necesita su ayuda: {ticket}",
        asks="{who} necesita su ayuda con {ticket}:",
        open_page="Abra esta página y pulse «{button}»:",
        button="Estoy aquí",
        then="Entonces {who} lo sabrá de inmediato, y no se llamará a nadie más de {customer}.",
        call_back="Para devolver la llamada: {who}, {phone}.",
        write_back="También puede responder en {key}.",
        outside="Es fuera de las horas que usted aceptó, pero no puede esperar.",
        yours="Gracias. {who} sabe que está ahí.",
        others="{name} ya ha respondido. No tiene que hacer nada.",
        late="Nadie respondió a tiempo. Si aún puede ayudar, avísenos.",
        over="Ha terminado. No tiene que hacer nada.",
    ),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """Who needs a contact's help with what. Beside the engineer's name it holds nothing that is ours alone."""

    language: str
    support: Support
    engineer: str  # empty where whoever asked is nobody with a name, such as a program
    customer: str
    key: str
    summary: str
    reason: str

    @property
    def phrases(self) -> Phrases:
        return PHRASES[self.language]

    def say(self, phrase: str, **more: str) -> str:
        """One of the phrases with its names filled in."""
        who = f"{self.engineer} ({self.support.name})" if self.engineer else self.support.name
        ticket = " ".join(f"{self.key} {self.summary}".split())
        names = {"support": self.support.name, "customer": self.customer, "key": self.key}
        return phrase.format(who=who, ticket=ticket, phone=self.support.phone, **names, **more)

    @property
    def ways_back(self) -> list[str]:
        """Whom to call back, and where else an answer is read."""
        called = [self.say(self.phrases.call_back)] if self.support.phone else []
        return [*called, *([self.say(self.phrases.write_back)] if self.key else [])]


@dataclass(frozen=True, slots=True)
class View:
    """What the page behind a contact's link shows; without a button there is nothing to answer any more."""

    language: str
    title: str
    asks: str
    reason: str
    verdict: str
    button: str
    lines: Sequence[str]


def page(letter: Letter, link: str, *, outside: bool) -> tuple[str, str]:
    """Subject line and body of a page to a contact."""
    phrases = letter.phrases
    lines = [
        letter.say(phrases.asks),
        "",
        *(f"  {line}" for line in letter.reason.splitlines()),
        "",
        letter.say(phrases.open_page, button=phrases.button),
        link,
        "",
        letter.say(phrases.then),
        *letter.ways_back,
        *(["", phrases.outside] if outside else []),
    ]
    return letter.say(phrases.subject), "\n".join(lines)


def view(letter: Letter, state: CustomerPageState, *, mine: bool, answered_by: str) -> View:
    """What whoever opens a contact's link sees; `mine` is whether that contact has answered."""
    phrases, is_open = letter.phrases, state is CustomerPageState.OPEN
    verdicts = {
        CustomerPageState.OPEN: "",
        CustomerPageState.ANSWERED: phrases.yours if mine else phrases.others,
        CustomerPageState.UNANSWERED: phrases.late,
        CustomerPageState.CANCELLED: phrases.over,
    }
    wanted = is_open or mine or state is CustomerPageState.UNANSWERED
    return View(
        language=letter.language,
        title=letter.say(phrases.subject),
        asks=letter.say(phrases.asks),
        reason=letter.reason,
        verdict=letter.say(verdicts[state], name=answered_by),
        button=phrases.button if is_open else "",
        lines=[*([letter.say(phrases.then)] if is_open else []), *(letter.ways_back if wanted else [])],
    )


def answered_notice(letter: Letter, name: str, asked_at: datetime, now: datetime, link: str) -> tuple[str, str]:
    """Tells our engineer that a contact is there."""
    lines = [
        f"{name} of {letter.customer} is there, {in_words(now - asked_at)} after being asked for:",
        f"  {letter.reason}",
        "",
        f"Ticket: {link}",
    ]
    return f"{name} has answered: {_title(letter)}", "\n".join(lines)


def unanswered_notice(
    letter: Letter, paged: Sequence[str], to_come: Sequence[tuple[Person, datetime]], now: datetime, link: str
) -> tuple[str, str]:
    """Tells our engineer that nobody is left to page; `to_come` may be paged later."""
    lines = [
        f"Nobody at {letter.customer} has answered, and nobody else is paged. They were asked for:",
        f"  {letter.reason}",
        "",
        f"Paged: {', '.join(paged)}.",
        *(f"Not paged: {opening(person, opens, now)}." for person, opens in to_come),
        "",
        f"Ticket: {link}",
    ]
    return f"No answer from {letter.customer}: {_title(letter)}", "\n".join(lines)


def opening(person: Person, opens: datetime, now: datetime) -> str:
    """`Dora Example, who may be paged from Mon 2026-11-23 08:00 Europe/Berlin on (in 6 h)`."""
    local = f"{wall(opens, zone_named(person.timezone))} {person.timezone}"
    return f"{person.display_name}, who may be paged from {local} on ({until(opens, now)})"


def _title(letter: Letter) -> str:
    words = " ".join(letter.summary.split()) or "(no summary)"
    return f"{letter.key} {letter.customer}: {words}"
