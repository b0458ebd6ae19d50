"""How tickets, transactions and attachments of Request Tracker are read: who speaks, what is for the team alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.protocol import Remark, Theirs, mark_of
from chatbot.service.connectors.reading import is_number, shaped, words
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

Raw = dict[str, Any]
WHO = "The Request Tracker"
STATUS = {"open": "open", "waiting": "stalled", "done": "resolved"}
"""What a status is set to."""
_CATEGORY = {"stalled": "waiting", "resolved": "done", "rejected": "done", "deleted": "done"}
_AUDIENCE = {"Create": "customer", "Correspond": "customer", "Comment": "team"}
_BY_ITSELF = {"RT_System", "Nobody"}
_PRIORITIES = ((101, "urgent"), (75, "high"), (25, "normal"), (1, "low"))


@dataclass(frozen=True, slots=True)
class Body:
    """Where the words of a transaction lie: an attachment, plain or HTML."""

    transaction: str
    attachment: str
    html: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """How one Request Tracker is read by the account ``user``; ``staff`` has the names of privileged accounts."""

    url: str
    user: str
    staff: AbstractSet[str]

    def ticket(self, raw: Raw, spoken: Sequence[Raw], bodies: Iterable[Body], texts: Mapping[str, str]) -> Theirs:
        """A ticket of the transactions in which something was said; ``texts`` by their attachments' names."""
        return shaped(WHO, lambda: self._ticket(raw, spoken, bodies, texts))

    def gone(self, external_id: str, raw: Raw, asks: Raw) -> Theirs:
        """A ticket that was deleted, or lives on in another (``raw``)."""
        return shaped(WHO, lambda: self._theirs(raw | {"id": external_id, "Status": "deleted"}, [asks], (), ()))

    def _ticket(self, raw: Raw, spoken: Sequence[Raw], bodies: Iterable[Body], texts: Mapping[str, str]) -> Theirs:
        body_of = {each.transaction: each for each in bodies}
        asking = {each["Name"] for each in raw["Requestor"]}
        remarks: list[Remark] = []
        noted: set[str] = set()
        for each in sorted(spoken, key=lambda each: int(each["id"])):
            body = body_of.get(str(each["id"]))
            text = "" if body is None else texts[body.attachment]
            mark = mark_of(text) if each["Type"] == "Comment" and each["Creator"]["Name"] == self.user else None
            if mark is not None:
                noted.add(mark)
            elif body is not None:
                remarks.append(self._remark(each, text, asking, html=body.html))
        return self._theirs(raw, raw["Requestor"], [each for each in remarks if each.text], noted)

    def _theirs(self, raw: Raw, asks: Sequence[Raw], remarks: Iterable[Remark], noted: Iterable[str]) -> Theirs:
        who = asks[0] if asks else {}
        priority = int(raw["Priority"] or 0)
        return Theirs(
            id=str(raw["id"]),
            url=f"{self.url}/Ticket/Display.html?id={checked(str(raw['id']))}",
            subject=(raw["Subject"] or "")[:500],
            category=_CATEGORY.get(raw["Status"], "open"),
            priority=next((name for least, name in _PRIORITIES if priority >= least), None),
            email=who.get("EmailAddress") or None,
            remarks=tuple(remarks),
            noted=frozenset(noted),
            name=who.get("RealName") or None,
        )

    def _remark(self, raw: Raw, text: str, asking: set[str], *, html: bool) -> Remark:
        creator = raw["Creator"]
        audience, name = _AUDIENCE[raw["Type"]], creator["Name"]
        if name in {self.user, *_BY_ITSELF}:
            role = "bot"
        elif audience == "team" or (name not in asking and name in self.staff):
            role = "agent"
        else:
            role = "customer"
        whole = audience == "team" or role == "bot"
        said = words(text, role=role, opening=raw["Type"] == "Create", team=whole, may_be_html=html)
        at = datetime.fromisoformat(raw["Created"])
        return Remark(str(raw["id"]), role, audience, said, creator.get("RealName") or name, at)


def spoken(transactions: Iterable[Raw]) -> list[Raw]:
    """Those in which somebody said something. Mails that went out, and what changed, are others."""
    return shaped(WHO, lambda: [each for each in transactions if each["Type"] in _AUDIENCE])


def unknown(raw: Raw, said: Iterable[Raw]) -> set[str]:
    """Who spoke without having asked."""
    asking = {each["Name"] for each in raw["Requestor"]}
    return {str(each["Creator"]["Name"]) for each in said} - asking - _BY_ITSELF


def bodies(said: Iterable[Raw], attachments: Iterable[Raw]) -> list[Body]:
    """The text of each transaction: the first that is plain, else HTML. Files that were attached are none."""
    return shaped(WHO, lambda: _bodies({str(each["id"]) for each in said}, attachments))


def _bodies(wanted: set[str], attachments: Iterable[Raw]) -> list[Body]:
    found: dict[str, Body] = {}
    for each in sorted(attachments, key=lambda each: int(each["id"])):
        of = str(each["TransactionId"])
        kind = each["ContentType"].split(";")[0].strip().lower()
        if of not in wanted or each["Filename"] or kind not in {"text/plain", "text/html"}:
            continue
        if of not in found or (found[of].html and kind == "text/plain"):
            found[of] = Body(of, checked(str(each["id"])), kind == "text/html")
    return list(found.values())


def merged(ticket: str, transactions: Iterable[Raw], since: datetime) -> list[str]:
    """The names of tickets that were merged into this one since."""

    def read() -> list[str]:
        links = [each for each in transactions if (each["Type"], each["Field"]) == ("AddLink", "MergedInto")]
        recent = [each for each in links if datetime.fromisoformat(each["Created"]) >= since]
        return sorted({checked(str(each["ObjectId"])) for each in recent} - {ticket})

    return shaped(WHO, read)


def checked(number: str) -> str:
    """A number that may stand in a path or a query.

    Raises:
        OutgoingError: it is none.

    """
    if not is_number(number):
        raise OutgoingError("A Request Tracker names things by number; this is none.")
    return number
