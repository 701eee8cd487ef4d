"""The new text of a mail, apart from older mails that it quotes, signatures and banners.

It goes over the lines once and looks at bounded pieces of each, so that its cost grows with the text and no faster.
Where nothing would be left, the whole text counts: a message must not be lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: How much of a line is looked at, and how many lines an attribution may be wrapped over.
REACH, WRAPPED = 300, 6

_SPACE = re.compile(r"[ \t\u00a0\u200b\ufeff]+")

#: "On Monday, Dora wrote:". What introduces a quotation, by its verb; each language's clients have few forms.
_WROTE = re.compile(
    r"(?:\bwrote|\bwrites|\bsaid|\bschrieb\b.{0,120}|\bgeschrieben|\ba [ée]crit|\bécrivait|\bescribi[óo]|\bha scritto"
    r"|\bescreveu|\bschreef\b.{0,120}|\bgeschreven|\bskrev\b.{0,120}|\bkirjoitti|\bnapisał\w*|\bpisze"
    r"|\bnapsal\w*\b.{0,80}|\bnapísal\w*"
    r"|\bнаписал\w*|\bпишет|\bнаписав|\bírta|\ba scris|\byazdı|\bđã viết|\bέγραψε|写道|寫道|のメール"
    r"|は書きました|さんは書きました"
    r"|님이 작성|작성:?|כתב\w*|كتب\w*|\bmenulis|\bje написао)(?:\(\w{1,3}\))?\s*(?:[:：]|-{3,})\W{0,3}$"
    r"|^\W{0,2}\d{4}[-./年]\s?\d{1,2}[-./月].{0,150}<[^<>]{1,100}>\s?[:：]$",
    re.IGNORECASE,
)
_ENDS = (":", "：", "-", "*", ">")
#: How an attribution begins that may be broken over lines, even with an empty one in between.
_BEGINS = re.compile(r"(?:on|am|le|el|il|em|op|den|på|w dniu|dnia|dne|ke|tarihinde|в|на) .{0,60}\d", re.IGNORECASE)
#: Besides its verb, an attribution has a time, a date or an address, so that "she wrote:" alone is none.
_WHEN_OR_WHO = re.compile(r"\d{1,2}[:.h]\d{2}|\d{4}|\d{1,2}[./-]\d{1,2}|<[^<>\s]+@[^<>\s]+>|\S+@\S+|年|月")

#: "-----Original Message-----" and its kin, in which every older mail follows.
_ORIGINAL = re.compile(
    r"\W{0,3}[-_*=]{2,}\s*(?:original message|original email|original appointment|reply message"
    r"|ursprüngliche nachricht"
    r"|original-nachricht|message d'origine|message original|mensaje original|messaggio originale|mensagem original"
    r"|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti"
    r"|oryginalna wiadomość|wiadomość oryginalna|původní zpráva|исходное сообщение|пересылаемое сообщение"
    r"|原始邮件|原邮件"
    r"|元のメッセージ|원본 메시지|orijinal mesaj|eredeti üzenet)\s*[-_*=]*\W{0,3}$",
    re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(
    r".{0,20}(?:reply above this line|bitte antworten sie oberhalb|répondre au-dessus)", re.IGNORECASE
)

#: The labels of the headers that Outlook repeats above an older mail.
_FROM = re.compile(
    r"[>*_ \t]{0,5}(?:from|von|de|da|van|fra|från|lähettäjä|od|от|від|feladó|desde|kimden|gönderen|发件人"
    r"|寄件者|差出人|보낸 사람)"
    r"\s?[*_]{0,2}\s?[:：]",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[>*_ \t]{0,5}(?:sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado"
    r"|fecha|para|asunto"
    r"|inviato|data|a|oggetto|verzonden|aan|onderwerp|sendt|til|emne|skickat|till|ämne|lähetetty|vastaanottaja|aihe"
    r"|wysłano|do|temat|odesláno|komu|předmět|отправлено|дата|кому|тема|assunto|elküldve|címzett|tárgy|tarih"
    r"|kime|konu"
    r"|发送时间|日期|收件人|主题|寄件日期|送信日時|宛先|件名|보낸 날짜|받는 사람|제목)\s?[*_]{0,2}\s?[:：]",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"\W{0,3}(?:[-_]{2,}\s*)?(?:begin forwarded message|forwarded message|weitergeleitete nachricht"
    r"|anfang der weitergeleiteten"
    r"|message transféré|début du message réexpédié|mensaje reenviado|messaggio inoltrato|mensagem encaminhada"
    r"|doorgestuurd bericht|videresendt (?:besked|melding)|vidarebefordrat|przekazana wiadomość"
    r"|пересланное сообщение|转发)",
    re.IGNORECASE,
)

_SIGNATURE = re.compile(r"--[ \u00a0]?$|__ ?$|—$")
_SENT_FROM = re.compile(
    r"\W{0,2}(?:(?:sent )?from my \S.{0,100}|sent (?:from|with|by|via|using) \S.{0,100}"
    r"|get \[?outlook for \S.{0,60}|von meinem \S.{0,40}(?:gesendet|geschickt)"
    r"|gesendet (?:von|mit) \S.{0,40}|diese nachricht wurde von meinem .{0,80}gesendet|envoyé (?:de|depuis"
    r"|avec) (?:mon |ma )?\S.{0,40}"
    r"|enviado (?:desde|do|de|a partir) (?:mi |meu )?\S.{0,40}|inviato da(?:l mio)? \S.{0,40}"
    r"|verzonden (?:vanaf|met|via) \S.{0,40}"
    r"|sendt fra (?:min )?\S.{0,40}|skickat från (?:min )?\S.{0,40}|lähetetty \S.{0,40}|wysłan[eoy] z \S.{0,40}"
    r"|odesláno z \S.{0,40}"
    r"|отправлено (?:с|из) \S.{0,40}|发自我的\S.{0,30}|[从從]我的 ?\S.{0,30}|iphoneから送信"
    r"|내 \S.{0,20}에서 보냄)\W{0,3}$",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"\W{0,4}(?:\[?external(?: e-?mail| sender)?\]?\W{0,3}$|caution\b.{0,20}(?:external|outside|this e-?mail|:)|"
    r"(?:this|the) (?:e-?mail|message) (?:originated|came|was sent|is) from (?:an )?(?:outside|external)|"
    r"you don't often get e?mail from|achtung\b.{0,20}externe|externe e-?mail\b|warning: (?:this|external))",
    re.IGNORECASE,
)


def new_text(text: str) -> str:
    """What the author has added, with the lines of interleaved answers; all of it, if nothing else would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines = lines[_after_banners(lines) :]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if not line or line.startswith(">"):
            if not line:
                kept.append("")
            place += 1
            continue
        head = _SPACE.sub(" ", line[:REACH]).strip()
        if _FORWARD.match(head) and not "".join(kept).strip():
            kept += _forwarded(lines, place)
            break
        if _ends_here(lines, place, head):
            break
        if wrapped := _attribution(lines, place, head):
            if not _goes_on(lines, place + wrapped):
                break
            place += wrapped
            continue
        if not _SENT_FROM.match(head):
            kept.append(line)
        place += 1
    new = _tidy(kept)
    return new or _tidy(lines) or text.strip()


def _forwarded(lines: Sequence[str], place: int) -> Sequence[str]:
    """What a mail that only forwards another one says: that one, without the headers that are repeated above it."""
    begin = next((at for at in range(place + 1, len(lines)) if lines[at]), len(lines))
    if begin < len(lines) and (_FROM.match(lines[begin][:REACH]) or _LABEL.match(lines[begin][:REACH])):
        end = next((at for at in range(begin, len(lines)) if not lines[at]), begin)
        return lines[end:]
    return lines[begin:]


def _after_banners(lines: Sequence[str]) -> int:
    """Where the text begins behind warnings that the receiver's own server has put in front."""
    place = after = 0
    while place < min(len(lines), 8):
        head = _SPACE.sub(" ", lines[place][:REACH]).strip()
        if head and not _BANNER.match(head):
            if after and _continues(lines, place):
                place += 1
                continue
            break
        place += 1
        after = place if head else after
    return after


def _continues(lines: Sequence[str], place: int) -> bool:
    """Whether a line goes on with the warning before it, which has no empty line in between."""
    return bool(lines[place - 1]) and place < 6


def _ends_here(lines: Sequence[str], place: int, head: str) -> bool:
    """Whether an older mail or a signature begins at this line, and everything below belongs to it."""
    if _SIGNATURE.fullmatch(lines[place][:4]) or _ORIGINAL.match(head) or _REPLY_ABOVE.match(head):
        return True
    if set(head) <= {"_", "—"} and len(head) >= 5 and _is_short_rest(lines, place + 1):
        return True
    if set(head) <= {"_", "-", "*"} and len(head) >= 10:
        below = next((lines[at][:REACH] for at in range(place + 1, min(place + 4, len(lines))) if lines[at]), "")
        return bool(_FROM.match(below))
    return bool(_FROM.match(head)) and _is_header_block(lines, place)


def _is_short_rest(lines: Sequence[str], place: int) -> bool:
    """Whether no more than a signature's few lines are left."""
    return len(lines) - place < 12 and sum(bool(line) for line in lines[place:]) <= 5


def _is_header_block(lines: Sequence[str], place: int) -> bool:
    """At least two more headers follow closely, as they do above a mail that Outlook quotes."""
    near = (lines[at][:REACH] for at in range(place + 1, min(place + 10, len(lines))))
    return sum(bool(_LABEL.match(line)) for line in near) >= 2


def _attribution(lines: Sequence[str], place: int, head: str) -> int:
    """Over how many lines an attribution goes that begins here; 0 if none does."""
    if not _WHEN_OR_WHO.search(head):
        return 0
    joined, begins = head, _BEGINS.match(head)
    for more in range(WRAPPED):
        if joined.endswith(_ENDS) and _WROTE.search(joined[-REACH:]):
            return more + 1
        following = place + more + 1
        if following >= len(lines) or len(joined) > REACH or not (lines[following] or begins):
            return 0
        joined = f"{joined} {_SPACE.sub(' ', lines[following][:REACH].lstrip('>')).strip()}"
    return 0


def _goes_on(lines: Sequence[str], place: int) -> bool:
    """Whether the quotation below is marked line by line, so that answers may stand in between or below."""
    return any(line.startswith(">") for line in lines[place : place + 4])


def _tidy(lines: Sequence[str]) -> str:
    """Without empty lines at the ends, and with one where there were several."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")
