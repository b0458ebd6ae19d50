"""Recognises what a file is by what stands in it: exports of help desks and chat tools, whatever their names.

Reads the head of a file, or of some files in an archive, and decides nothing about single records.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from data.importers.documents import SUFFIXES, UnreadableError, documents
from data.importers.helpdesks.chat_messages import CHAT_MESSAGES
from data.importers.helpdesks.chatwoot import CHATWOOT
from data.importers.helpdesks.crisp import CRISP
from data.importers.helpdesks.freshdesk import FRESHDESK
from data.importers.helpdesks.gorgias import GORGIAS
from data.importers.helpdesks.help_scout import HELP_SCOUT
from data.importers.helpdesks.intercom import INTERCOM
from data.importers.helpdesks.jddc import JDDC
from data.importers.helpdesks.livechat import LIVECHAT
from data.importers.helpdesks.osticket import OSTICKET
from data.importers.helpdesks.request_tracker import REQUEST_TRACKER
from data.importers.helpdesks.shapes import objects
from data.importers.helpdesks.slack import SLACK
from data.importers.helpdesks.whatsapp import WHATSAPP
from data.importers.helpdesks.zammad import ZAMMAD
from data.importers.helpdesks.zendesk import ZENDESK
from data.importers.json_records import Text, sample
from data.importers.limits import clipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from data.importers.helpdesks.helpdesk import HelpDesk

HELPDESKS: Mapping[str, HelpDesk] = MappingProxyType(
    {
        "zendesk": ZENDESK,
        "intercom": INTERCOM,
        "freshdesk": FRESHDESK,
        "chatwoot": CHATWOOT,
        "help_scout": HELP_SCOUT,
        "gorgias": GORGIAS,
        "zammad": ZAMMAD,
        "request_tracker": REQUEST_TRACKER,
        "livechat": LIVECHAT,
        "crisp": CRISP,
        "osticket": OSTICKET,
        "slack": SLACK,
        "whatsapp": WHATSAPP,
        "jddc": JDDC,
        "chat_messages": CHAT_MESSAGES,
    }
)
"""Every help desk and chat tool by the name of its format. Where two would do, the first is taken."""

_NAMES = (*SUFFIXES, *(f"{suffix}.gz" for suffix in SUFFIXES), ".zip")
_MEMBERS = 40
_KEYS = 8


def may_be(name: str) -> bool:
    """Whether files of such a name are looked into."""
    return name.lower().endswith(_NAMES)


def recognised(path: Path) -> str | None:
    """The format of a file by what stands in it; None where it is none of a help desk or chat tool."""
    try:
        with documents(path) as found:
            for _, document in zip(range(_MEMBERS), found, strict=False):
                text = Text(document.chunks)
                first = text.peek()
                if name := _format(text.buffer[text.at :], first):
                    return name
    except UnreadableError:
        return None
    return None


def unknown(path: Path) -> str:
    """What was seen in a JSON file that nobody knows, and what is known."""
    try:
        with documents(path) as found:
            document = next(found)
            text = Text(document.chunks)
            text.peek()
            value = sample(text.buffer[text.at :])
    except (UnreadableError, StopIteration):
        return ""
    seen = [
        f"{place or 'the whole'} with {clipped(', '.join(list(one)[:_KEYS]), 120) or 'no keys'}"
        for place, one in list(objects(value))[:4]
    ]
    if not seen:
        return ""
    known = ", ".join(desk.title for desk in HELPDESKS.values())
    return (
        f"this JSON is of no kind that is known. Seen: {'; '.join(seen)}. Known: {known}; or transcripts as JSON lines "
        '({"id", "turns": [{"role", "text"}]}). Bring it into one of these, or save it as CSV and name its columns'
    )


def _format(head: str, first: str) -> str | None:
    for name, desk in HELPDESKS.items():
        if desk.begins is not None and desk.begins(head):
            return name
        if first == "<" and any(f"<{element}" in head for element in desk.elements):
            return name
    if first not in {"{", "["}:
        return None
    for _, record in objects(sample(head)):
        if "turns" in record or "slug" in record:
            return None  # our own lines, whatever else somebody keeps in them
        if found := next((name for name, desk in HELPDESKS.items() if desk.kind_of(record) is not None), None):
            return found
    return None
