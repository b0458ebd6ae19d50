"""What a search may find: kinds, languages, times and sources. Plain data; ``columns`` and ``view`` apply it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retrieval.passages import PassageKind


@dataclass(frozen=True, slots=True)
class Filters:
    """Which passages may be found; None is all.

    Attributes:
        kinds: only these kinds.
        languages: only passages in one of these languages ("en" includes "en-GB") or of none that is known.
        since: ISO date or time; only passages created then or later. An article without a date passes (help
            pages outlive their dates), a moment without one does not.
        before: only moments created earlier. Articles pass: their date is that of the last change, and says nothing of
            what they said before it.
        exclude_sources: conversation ids and slugs that may not be found.
        retired: only what was retired, which no other search finds.

    """

    kinds: frozenset[PassageKind] | None = None
    languages: frozenset[str] | None = None
    since: str | None = None
    before: str | None = None
    exclude_sources: frozenset[str] = frozenset()
    retired: bool = False

    @property
    def wanted(self) -> tuple[PassageKind, ...]:
        """The kinds that may be found."""
        return tuple(kind for kind in PassageKind if self.kinds is None or kind in self.kinds)

    @property
    def shared(self) -> Filters:
        """What many questions of one batch have in common, as a rule."""
        return replace(self, kinds=None, before=None, exclude_sources=frozenset())


ANYTHING = Filters()
