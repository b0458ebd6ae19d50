"""Compares the index that serves with the corpus: what is missing, what is left over, and its measured recall."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.service.corpus.sources import KINDS, passages_by_source
from chatbot.service.serving.index_follower import COMMAND_PORTION
from chatbot.storage.database import open_database
from chatbot.storage.queries import changes, corpus, retirements
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chatbot.service.corpus.sources import Source
    from chatbot.settings import Settings
    from chatbot.storage.database import Session
    from retrieval.index.manifest import Manifest
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

_LOOKED_UP = 500
_WHO = (
    "no answer names its agent, so what is specific needs different customers only, not two agents",
    "all named answers are one agent's, so what is specific is sent only where articles say it",
    "{agents:,} agents are named",
)


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. ``orphans`` are sources in the index that the corpus no longer has, ``absent`` the reverse.

    What changed after the index was built (``waiting``) is neither: whoever opens the index takes that in. ``agents``
    is how many its answers name.
    """

    version: str
    manifest: Manifest
    orphans: int = 0
    absent: int = 0
    waiting: int = 0
    retired: int = 0
    ahead: bool = False
    agents: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not (self.orphans or self.absent or self.ahead or self.waiting > COMMAND_PORTION)

    def sentence(self) -> str:
        """All of it in a sentence, with what to do where something has to be done."""
        counts = self.manifest.counts
        parts = [
            f"{self.version}: {sum(counts.values()):,} passages, checksums right, encoder {self.manifest.encoder}",
            *(f"{kind} {_search(policy)}" for kind, policy in sorted(self.manifest.policy.items())),
            f"{self.waiting:,} changed since it was built",
            f"{self.retired:,} retired",
            _WHO[min(self.agents, len(_WHO) - 1)].format(agents=self.agents),
        ]
        if self.orphans or self.absent:
            parts.append(
                f"{self.orphans:,} sources in it are not in the corpus, {self.absent:,} of the corpus not in it"
            )
        if self.ahead:
            parts.append("it was built from another or a later database")
        return "; ".join(parts) + ("." if self.ok else ". understudy index builds it anew.")


async def examine_index(settings: Settings, opened: Callable[[], Retriever]) -> Health:
    """Look at the index that serves, which ``opened`` opens.

    Raises:
        NotReadyError: there is none, or it cannot be used.

    """
    home = settings.desk()
    retriever = await asyncio.to_thread(opened)
    snapshot, agents = retriever.live.view.snapshot, retriever.live.view.agents
    version = home.current().index or ""
    if not settings.has_database():
        return Health(version, snapshot.manifest, agents=agents)
    indexed, texts = await asyncio.to_thread(_held, snapshot.passages)
    after = snapshot.manifest.change
    async with open_database(settings.database()) as database, database.read() as session:
        changed = {(KINDS[kind], name) for kind, name in await changes.names_since(session, after)}
        ids, slugs = await corpus.keys(session)
        stored = {(PassageKind.MOMENT, name) for name in ids} | {(PassageKind.ARTICLE, slug) for slug in slugs}
        stored -= changed
        return Health(
            version,
            snapshot.manifest,
            orphans=len(indexed - stored - changed),
            absent=await _absent(session, stored - indexed, texts),
            waiting=len(changed),
            retired=len(await retirements.ids(session)),
            ahead=after > await changes.last(session),
            agents=agents,
        )


def _held(passages: Iterable[Passage]) -> tuple[set[Source], set[int]]:
    """The sources of the passages, and hashes of what they say."""
    sources, texts = set(), set()
    for passage in passages:
        sources.add((passage.kind, passage.source_id))
        texts.add(_said(passage))
    return sources, texts


async def _absent(session: Session, missing: set[Source], texts: set[int]) -> int:
    """How many of the sources have something to find that no passage says in the same words."""
    found = 0
    sources = sorted(missing)
    for start in range(0, len(sources), _LOOKED_UP):
        async for _, passages in passages_by_source(session, sources[start : start + _LOOKED_UP]):
            found += any(_said(passage) not in texts for passage in passages)
    return found


def _said(passage: Passage) -> int:
    """A number, equal for passages that an index keeps once; a desk has a million of them."""
    from retrieval.index.build import identity

    return hash(identity(passage))


def _search(policy: Mapping[str, Any]) -> str:
    recall = policy.get("recall@10")
    return f"{policy.get('type')}" + ("" if recall is None else f" with recall@10 {recall:.3f}")
