"""Tables in which a row is a ticket and one cell of it holds all its comments; read twice, as JSON lines are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.line_marks import LineMarks
from data.importers.opening import with_subject
from data.importers.tables.column_mapping import found_columns, named_place, role_values
from data.importers.tables.column_words import aliases
from data.importers.tables.comments import (
    CommentsError,
    comments_of,
    holds_comments,
    is_empty,
    says_the_same,
    turns_of,
)
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from data.importers.tables.records import Record


def column_of_comments(sample: Sequence[Sequence[str]], width: int) -> int | None:
    """The column of which every cell that is not empty is a list of comments, judged by some rows."""
    for place in range(width):
        cells = [row[place] for row in sample if place < len(row) and not is_empty(row[place])]
        if cells and all(map(holds_comments, cells)):
            return place
    return None


@dataclass(frozen=True, slots=True)
class Threads:
    """One such table: ``place`` is the column of comments, ``header`` the names of all."""

    path: Path
    options: ImportOptions
    header: list[str]
    place: int

    def read(self, rows: Callable[[], Iterator[Record | Broken]]) -> Iterator[Found | Broken | Told]:
        """The conversation of each row; ``rows`` begins the table anew, after its header."""
        try:
            marks = LineMarks(self.options.columns)
            places = self._places()
        except ValueError as error:
            yield Broken(self.path, 1, f"{error}.")
            return
        for record in rows():
            if isinstance(found := self._found(record, places), Found):
                marks.add(found.item)
        stops, sentences = marks.decide()
        if stops:
            yield from (Broken(self.path, 1, sentence) for sentence in stops)
            return
        yield Told(self.path, f"{self.header[self.place].strip()}: each cell was read as the comments of a ticket.")
        yield from (Told(self.path, sentence) for sentence in sentences)
        for record in rows():
            found = self._found(record, places)
            if isinstance(found, Found):
                found = _bare(marks.applied(found))
            if found is not None:
                yield found

    def _places(self) -> dict[str, list[int]]:
        """The columns that say something of the whole ticket; several may say whose it is."""
        mapped = self.options.columns
        places: dict[str, list[int]] = {}
        for field in ("id", "title", "topic", "language", "requester", "opening"):
            own = mapped.get(field) or (mapped.get("question") if field == "opening" else None)
            if own and (place := named_place(self.header, own)) != self.place:
                if place is None:
                    raise CommentsError(f"there is no column {own!r} for {field}; {found_columns(self.header)}")
                places[field] = [place]
                continue
            found = (named_place(self.header, one) for one in aliases(field))
            places[field] = [place for place in found if place is not None and place != self.place]
        return places

    def _found(self, record: Record | Broken, places: dict[str, list[int]]) -> Found | Broken | None:
        if isinstance(record, Broken):
            return record
        cells = record.cells
        if len(cells) != len(self.header):
            return Broken(
                self.path, record.line, f"expected {len(self.header)} columns as in the header, found {len(cells)}."
            )
        if is_empty(cells[self.place]):
            return Broken(self.path, record.line, f"there are no comments in {self.header[self.place].strip()!r}.")
        said = {field: [cells[place].strip() for place in found] for field, found in places.items()}
        try:
            comments = comments_of(cells[self.place], self.options.limits)
            turns = turns_of(comments, said["requester"], role_values(self.options.columns))
        except CommentsError as error:
            return Broken(self.path, record.line, f"{error}.")
        opening = next(filter(None, said["opening"]), "")
        if opening and not says_the_same(opening, turns):
            turns = (Turn(Role.CUSTOMER, opening), *turns)
        if not turns:
            return Broken(self.path, record.line, "none of the comments has a text.")
        return Found(record.line, self._conversation(turns, said))

    def _conversation(self, turns: tuple[Turn, ...], said: dict[str, list[str]]) -> Conversation:
        digest = hashlib.sha256("\x00".join(turn.text for turn in turns).encode("utf-8", "replace")).hexdigest()[:16]
        labels: dict[str, Any] = {
            field: text for field in ("title", "topic") if (text := next(filter(None, said[field]), ""))
        }
        return Conversation(
            id=next(filter(None, said["id"]), "") or f"{self.path.name.split('.')[0]}-{digest}",
            turns=with_subject(turns, labels.get("title")),
            language=next(filter(None, said["language"]), "") or self.options.language,
            labels=labels,
            source=self.options.source,
        )


def _bare(found: Found) -> Found:
    """Without the comments' other keys: addresses, copies of the text and whatever else a help desk puts there."""
    item = found.item
    if not isinstance(item, Conversation):
        return found
    labels = dict(item.labels)
    at = next((turn.at for turn in item.turns if turn.at), None)
    labels.pop("created", None)
    if at:
        labels["created"] = at[:10]
    return replace(
        found, item=replace(item, turns=tuple(replace(turn, extras={}) for turn in item.turns), labels=labels)
    )
