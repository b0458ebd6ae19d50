"""The connector to a Roundup whose schema was given a property of issues for notes, which customers cannot view.

Such a property is no message, so it goes to no nosy list; it holds one note, the newest.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from chatbot.service.connectors.desks.roundup import Roundup, path_of
from chatbot.service.connectors.protocol import Abilities, Setting, Written, mark_of
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chatbot.service.connectors.desks.roundup_reading import Raw

_HIDDEN = "[hidden]"
_SOME = 100_000  # bytes of a list


class RoundupWithNotes(Roundup):
    """A tracker that has a property for notes."""

    kind: ClassVar[str] = "roundup-notes"
    title: ClassVar[str] = "Roundup with a property for notes"
    abilities: ClassVar[Abilities] = replace(Roundup.abilities, note=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        *Roundup.settings,
        Setting("notes", "Text property of issues that customers cannot see, for our notes alone"),
    )

    async def check(self) -> AsyncIterator[str]:
        """See as well that the property is there for us, and not for everybody."""
        async for step in super().check():
            yield step
        name = self.notes or ""
        asked = {"@fields": name, "@page_size": 1}
        if not all(name in each for each in await self.collection("issue", asked)):
            raise OutgoingError(f"This account may not see the property {name}.")
        if await self._is_public(name):
            raise OutgoingError(f"Anybody can read the property {name}, even without an account.")
        yield f"Notes go to the property {name}, which is not public. See that customers' role may not view it either."

    async def _is_public(self, name: str) -> bool:
        """Whether a list for people without an account shows it. Their API is mostly closed, pages of lists are not."""
        url = f"{self.url}/issue?{urlencode({'@action': 'export_csv', '@columns': f'id,{name}'})}"
        answer = await self.client.ask("GET", url, headers={"User-Agent": "Understudy/1"}, most=_SOME)
        rows = list(csv.reader(answer.body.decode("utf-8", "replace").splitlines()))
        whole = rows[1:-1] if answer.more else rows[1:]
        return answer.status == HTTPStatus.OK and any(row[1:] not in ([], [_HIDDEN]) for row in whole)

    async def note(self, external_id: str, text: str) -> Written:
        """The property's new text; words of somebody else in it are left alone."""
        name = self.notes or ""

        def changed(now: Raw) -> Raw:
            there = now[name]
            if there and mark_of(there) is None:
                raise OutgoingError(f"The property {name} of issue {external_id} holds words of somebody else.")
            return {name: text}

        await self.patch(path_of(external_id), changed)
        return Written(self.user)
