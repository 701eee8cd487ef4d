"""What the senders of mails read from us, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from triage.domain.mail_outcome import Fate
from triage.store.mails import MailRow

#: What the sender reads; `{key}` is the ticket's.
RECEIVED: Mapping[str, str] = {
    "en": "We have received your mail, and our engineer on duty has been informed. Your ticket is {key}.\n\n"
    "To add something, answer this mail and leave the subject as it is.",
    "de": "Wir haben Ihre E-Mail erhalten und unsere Bereitschaft informiert. Ihr Ticket ist {key}.\n\n"
    "Wenn Sie etwas ergänzen wollen, antworten Sie auf diese E-Mail und lassen Sie den Betreff stehen.",
    "fr": "Nous avons reçu votre courriel et prévenu notre ingénieur d'astreinte. Votre ticket est {key}.\n\n"
    "Pour ajouter quelque chose, répondez à ce courriel sans changer l'objet.",
    "es": "Hemos recibido su correo y avisado a nuestro ingeniero de guardia. Su ticket es {key}.\n\n"
    "Si quiere añadir algo, responda a este correo sin cambiar el asunto.",
}
#: What a contact reads whose address a mail claims that nobody has proved; `{link}` is where they confirm it.
CONFIRM: Mapping[str, str] = {
    "en": "A mail in your name has reached our on-call address. We cannot prove that it is yours, so nobody has been"
    " called yet.\n\nIf you wrote it, confirm it here, and our engineer on duty is paged at once:\n{link}\n\n"
    "If you did not, you need not do anything.",
    "de": "Eine E-Mail in Ihrem Namen hat unsere Bereitschaftsadresse erreicht. Wir können nicht nachweisen, dass sie"
    " von Ihnen ist, deshalb wurde noch niemand gerufen.\n\nWenn Sie sie geschrieben haben, bestätigen Sie es hier,"
    " und unsere Bereitschaft wird sofort gerufen:\n{link}\n\nWenn nicht, müssen Sie nichts tun.",
    "fr": "Un courriel à votre nom est arrivé à notre adresse d'astreinte. Nous ne pouvons pas prouver qu'il vient de"
    " vous, personne n'a donc encore été appelé.\n\nSi vous l'avez écrit, confirmez-le ici et notre ingénieur"
    " d'astreinte est appelé aussitôt :\n{link}\n\nSinon, vous n'avez rien à faire.",
    "es": "Un correo en su nombre ha llegado a nuestra dirección de guardia. No podemos probar que sea suyo, así que"
    " todavía no se ha llamado a nadie.\n\nSi lo escribió usted, confírmelo aquí y se llama de inmediato a nuestro"
    " ingeniero de guardia:\n{link}\n\nSi no, no tiene que hacer nada.",
}


@dataclass(frozen=True, slots=True)
class ConfirmWords:
    """What the page behind a confirm link says; without a button there is nothing left to confirm."""

    language: str
    title: str
    explained: str
    verdict: str
    button: str


#: By language: the question, what follows, the button, what is said to who has confirmed, and to whoever comes late.
_PAGE: Mapping[str, tuple[str, str, str, str, str]] = {
    "en": (
        "Is this mail yours?",
        "Our engineer on duty is paged as soon as you confirm it.",
        "Confirm: I wrote it",
        "Thank you. Our engineer on duty is being paged.",
        "This is settled; there is nothing left to confirm.",
    ),
    "de": (
        "Ist diese E-Mail von Ihnen?",
        "Sobald Sie es bestätigen, wird unsere Bereitschaft gerufen.",
        "Bestätigen: Sie ist von mir",
        "Danke. Unsere Bereitschaft wird gerufen.",
        "Das ist erledigt; es gibt nichts mehr zu bestätigen.",
    ),
    "fr": (
        "Ce courriel est-il de vous ?",
        "Dès que vous le confirmez, notre ingénieur d'astreinte est appelé.",
        "Confirmer : il est de moi",
        "Merci. Notre ingénieur d'astreinte est en train d'être appelé.",
        "C'est réglé ; il n'y a plus rien à confirmer.",
    ),
    "es": (
        "¿Es suyo este correo?",
        "En cuanto lo confirme, se llama a nuestro ingeniero de guardia.",
        "Confirmar: lo escribí yo",
        "Gracias. Se está llamando a nuestro ingeniero de guardia.",
        "Ya está resuelto; no queda nada que confirmar.",
    ),
}


def confirm_words(mail: MailRow, language: str) -> ConfirmWords:
    """What the contact reads, in their language."""
    title, explained, button, thanks, settled = _PAGE[language]
    if mail.fate is Fate.HELD:
        return ConfirmWords(language, title, explained, "", button)
    confirmed = mail.fate in (Fate.TICKET, Fate.JOINED)
    return ConfirmWords(language, title, "", thanks if confirmed else settled, "")
