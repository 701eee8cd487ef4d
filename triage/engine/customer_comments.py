"""What customers read from us about the P0 gate, in their language: their words, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from triage.domain.priority import UNKNOWN, Axis, Judgement, Reason, Source
from triage.domain.writes import Block, BlockKind, Comment


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language. `understood` and `questions` are by the axis that they are about."""

    not_p0: str  # `{priority}` is what the ticket is worked on as, `{understood}` why
    understood: Mapping[Axis, str]
    dispute: str
    provisional: str
    please_answer: str
    questions: Mapping[Axis, str]


PHRASES: Mapping[str, Phrases] = {
    "en": Phrases(
        not_p0="Thank you for your report. You asked for P0, and we work on it as {priority}: P0 is for problems that"
        " affect production and have no workaround, and we understood {understood}:",
        understood={
            Axis.PRODUCTION: "that your production is not affected",
            Axis.WORKAROUND: "that there is a workaround for now",
        },
        dispute="If that is not so, please say it in a comment here or correct the field. We look again at once.",
        provisional="Thank you for your report. We treat it as P0 and have called our engineer on duty.",
        please_answer="So that it gets the right attention, please answer here or in the fields of the request:",
        questions={Axis.PRODUCTION: "Is production affected?", Axis.WORKAROUND: "Is there a workaround?"},
    ),
    "de": Phrases(
        not_p0="Vielen Dank für Ihre Meldung. Sie haben P0 gewünscht, wir bearbeiten sie als {priority}: P0 ist für"
        " Störungen, die die Produktion betreffen und die sich nicht umgehen lassen, und wir haben verstanden,"
        " {understood}:",
        understood={
            Axis.PRODUCTION: "dass Ihre Produktion nicht betroffen ist",
            Axis.WORKAROUND: "dass es vorläufig eine Umgehung gibt",
        },
        dispute="Wenn das nicht zutrifft, schreiben Sie es bitte hier als Kommentar oder berichtigen Sie das Feld."
        " Wir sehen es uns sofort noch einmal an.",
        provisional="Vielen Dank für Ihre Meldung. Wir behandeln sie als P0 und haben unsere Bereitschaft gerufen.",
        please_answer="Damit sie richtig eingestuft wird, antworten Sie bitte hier oder in den Feldern der Anfrage:",
        questions={Axis.PRODUCTION: "Ist die Produktion betroffen?", Axis.WORKAROUND: "Gibt es eine Umgehung?"},
    ),
    "fr": Phrases(
        not_p0="Merci de votre signalement. Vous avez demandé P0 et nous le traitons en {priority} : P0 est réservé"
        " aux incidents qui touchent la production et que l'on ne peut pas contourner, et nous avons compris"
        " {understood} :",
        understood={
            Axis.PRODUCTION: "que votre production n'est pas touchée",
            Axis.WORKAROUND: "qu'il existe pour l'instant un contournement",
        },
        dispute="Si ce n'est pas le cas, dites-le-nous ici en commentaire ou corrigez le champ. Nous réexaminons"
        " aussitôt.",
        provisional="Merci de votre signalement. Nous le traitons en P0 et avons appelé notre ingénieur d'astreinte.",
        please_answer="Pour que nous le classions correctement, répondez ici ou dans les champs de la demande :",
        questions={
            Axis.PRODUCTION: "La production est-elle touchée ?",
            Axis.WORKAROUND: "Existe-t-il un contournement ?",
        },
    ),
    "es": Phrases(
        not_p0="Gracias por su aviso. Ha pedido P0 y lo tratamos como {priority}: P0 es para los problemas que"
        " afectan a producción y que no se pueden evitar de otro modo, y hemos entendido {understood}:",
        understood={
            Axis.PRODUCTION: "que su producción no está afectada",
            Axis.WORKAROUND: "que por ahora hay una solución alternativa",
        },
        dispute="Si no es así, díganoslo aquí en un comentario o corrija el campo. Lo revisamos de inmediato.",
        provisional="Gracias por su aviso. Lo tratamos como P0 y hemos llamado a nuestro ingeniero de guardia.",
        please_answer="Para clasificarlo bien, responda aquí o en los campos de la solicitud:",
        questions={
            Axis.PRODUCTION: "¿Está afectada la producción?",
            Axis.WORKAROUND: "¿Hay una solución alternativa?",
        },
    ),
}

#: Which condition of a P0 is not met.
NOT_MET = {Reason.NOT_PRODUCTION: Axis.PRODUCTION, Reason.WORKAROUND_EXISTS: Axis.WORKAROUND}


def downgraded(judgement: Judgement, language: str) -> Comment:
    """Tells the customer which condition of a P0 is not met, in their own words, and how to dispute it."""
    axis, phrases = NOT_MET[judgement.reason], PHRASES[language]
    value = _values(judgement)[axis]
    # What one of ours knows, or what is known of the customer, is not for the customer to read.
    theirs = [item for item in judgement.evidence if item.source in (Source.FIELD, Source.TEXT)]
    quotes = [item.quote for item in theirs if item.axis is axis and item.value == value]
    return Comment(
        (
            _said(phrases.not_p0.format(priority=judgement.priority, understood=phrases.understood[axis])),
            *(Block(BlockKind.QUOTE, quote) for quote in quotes),
            _said(phrases.dispute),
        ),
        public=True,
    )


def question(judgement: Judgement, language: str) -> Comment:
    """Asks the customer what is still open about a provisional P0."""
    phrases = PHRASES[language]
    asked = [phrases.questions[axis] for axis, value in _values(judgement).items() if value == UNKNOWN]
    return Comment(
        (
            _said(phrases.provisional),
            _said(phrases.please_answer),
            *(Block(BlockKind.BULLET, text) for text in asked),
        ),
        public=True,
    )


def _values(judgement: Judgement) -> dict[Axis, str]:
    return {Axis.PRODUCTION: judgement.production, Axis.WORKAROUND: judgement.workaround}


def _said(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)
