"""WhatsApp: the text of an exported chat, of phones in many languages. Who is of the team has to be said.

A chat goes on for years: what follows half a day of silence is a conversation of its own.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from data.aliases import alias
from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import Left, Message, Piece, Place
from data.importers.helpdesks.text_lines import text_lines
from data.times import Readings, readings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.importers.json_records import Text, Unread

_DATE = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\.?"
_CLOCK = r"(?:(?:上午|下午|凌晨|早上|中午|晚上|오전|오후)\s?)?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[aApP]\.?\s?[mM]\.?)?"
_STARTS = re.compile(
    rf"\[?(?P<date>{_DATE}),?\s(?:(?:klo|kl\.|um|às|à|at|om|a las)\s)?"
    rf"(?P<clock>{_CLOCK})\]?(?:\s[-\u2013])?\s(?P<rest>.*)",
    re.DOTALL,
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202c\ufeff")) | {0x202F: " ", 0xA0: " "}
_SYSTEM = "\u200e"
"""Before the words that the program and not a person wrote, where a phone marks them."""
_EDITED = re.compile(r"\u200e<[^<>]{1,60}>$")
_SPACED = re.compile(r"(?<=[./-])\s")
_LONGEST_NAME = 80
_LONGEST_TEXT = 1_000_000
_APART = timedelta(hours=12)
_OMITTED = re.compile(
    r"<(?:media omitted|attached: [^<>]{1,200}|medien ausgeschlossen|anhang: [^<>]{1,200}|multimedia omitido"
    r"|archivo omitido|adjunto: [^<>]{1,200}|médias omis|fichier omis|pièce jointe : [^<>]{1,200}|media omessi"
    r"|allegato: [^<>]{1,200}|media weggelaten|bijgevoegd: [^<>]{1,200}|mídia oculta|arquivo de mídia oculto"
    r"|anexado: [^<>]{1,200}|已省略媒体文件|省略多媒体文件|附件\uff1a[^<>]{1,200})>"
    r"|(?:image|video|audio|sticker|gif|document|contact card|photo) omitted"
    r"|(?:bild|video|audio|sticker|gif|dokument|kontaktkarte) weggelassen"
    r"|(?:imagen|vídeo|video|audio|sticker|gif|documento) omitid[oa]"
    r"|(?:image|vidéo|audio|sticker|gif|document) (?:absente?|omise?)"
    r"|(?:immagine|video|audio|sticker|gif|documento) omess[oa]|(?:afbeelding|video|audio|sticker|gif) weggelaten"
    r"|(?:图像|视频|音频|贴图|图片|文件)已(?:忽略|省略)"
    r"|[^\n]{1,200}\((?:file attached|datei angehängt|archivo adjunto|fichier joint|file allegato"
    r"|bestand bijgevoegd|arquivo anexado|文件附件)\)",
    re.IGNORECASE,
)
_DELETED = re.compile(
    r"(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht"
    r"|du hast diese nachricht gelöscht|se eliminó este mensaje|eliminaste este mensaje|ce message a été supprimé"
    r"|vous avez supprimé ce message|questo messaggio è stato eliminato|hai eliminato questo messaggio"
    r"|dit bericht (?:is|werd) verwijderd|esta mensagem foi apagada|此消息已删除|你删除了这条消息|您已删除此消息)\.?",
    re.IGNORECASE,
)


def begins(head: str) -> bool:
    """Whether a text begins like an exported chat."""
    lines = [found for line in head[:4000].splitlines()[:30] if (found := _STARTS.match(_plain(line)))]
    return bool(lines) and any(": " in line["rest"] for line in lines)


def _plain(line: str) -> str:
    return line.translate(_INVISIBLE)


def _messages(text: Text, place: Place) -> Iterator[Piece | Unread]:
    chat = alias("whatsapp", f"{place.stem}/{place.member}").split()[1][:12]
    key, before = "", readings("")
    open_message: Message | None = None
    more: list[str] = []
    size = 0
    for written in text_lines(text):
        line = _EDITED.sub("", written)
        found = _STARTS.match(_plain(line))
        if found is None:
            if open_message is not None and size < _LONGEST_TEXT:
                more.append(line.translate(_INVISIBLE))
                size += len(line)
            continue
        if open_message is not None:
            yield _closed(open_message, more)
            open_message = None
        name, colon, words = found["rest"].partition(": ")
        if not colon or len(name) > _LONGEST_NAME:
            yield Left("system messages")
            continue
        if _SYSTEM in line and not _OMITTED.fullmatch(words.strip()) and line.partition(": ")[2].startswith(_SYSTEM):
            yield Left("system messages")
            continue
        at = f"{_SPACED.sub('', found['date']).rstrip('.')} {found['clock']}"
        now = readings(at)
        if not key or _is_apart(before, now):
            key = f"whatsapp-{chat}-{''.join(filter(str.isdigit, at))}"
        before = now
        open_message = Message(key, words, author=name.strip(), name=name.strip(), at=at)
        more, size = [], len(words)
    if open_message is not None:
        yield _closed(open_message, more)


def _closed(message: Message, more: list[str]) -> Piece:
    words = "\n".join([message.text, *more]).strip()
    if _DELETED.fullmatch(words):
        return Left("deleted messages")
    first, _, caption = words.partition("\n")
    if _OMITTED.fullmatch(first.strip()):
        message.files, words = 1, caption
    message.text = words
    return message


def _is_apart(one: Readings, two: Readings) -> bool:
    """Whether so much time lies between two messages however their dates are read."""
    steps = [
        abs(after - before)
        for before, after in ((one.day_first, two.day_first), (one.month_first, two.month_first))
        if before is not None and after is not None
    ]
    return bool(steps) and min(steps) > _APART


WHATSAPP = HelpDesk(
    title="WhatsApp",
    expects="the text of an exported chat: [14/08/2023, 09:15:32] Name: words",
    asks=True,
    in_order=True,
    lines=_messages,
    begins=begins,
    says="half a day of silence begins another conversation. Its times have no zone; they were taken as UTC.",
)
