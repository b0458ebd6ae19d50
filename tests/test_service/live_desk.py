"""A small desk with a live index: real files and a real log, an encoder of words, and a pipeline that only searches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate
from chatbot.home import Home
from chatbot.service.serving.loaded import Loaded
from data.transcripts import Article
from retrieval.index.build import build_index
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_article
from retrieval.search.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder
from tests.test_service.doubles import RulePipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.transcripts import Turn
    from retrieval.encoder.encoder import Encoder
    from retrieval.passages import Passage

FIRST = Article("opening-hours", "Opening hours", "We are there from nine to five.")


@dataclass
class LiveRetriever:
    """As much of a retriever as upkeep and suggestions need."""

    live: LiveIndex
    encoder: Encoder

    def passage(self, passage_id: str) -> Passage | None:
        return self.live.view.find(passage_id)


class SearchingPipeline(RulePipeline):
    """Suggests the nearest answers, best first."""

    def __init__(self, retriever: LiveRetriever) -> None:
        super().__init__()
        self.released.set()
        self.retriever = retriever

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        view = self.retriever.live.view
        _, places = view.nearest(self.retriever.encoder.encode([turns[-1].text]), k)
        found = [view.passage(place) for place in places[0] if place >= 0]
        features = {"similarity": 0.9, "agreement": 0.5, "support": 0.5, "margin": 0.1}
        return [Candidate(one.answer, "verbatim", (one.id,), features=features) for one in found]


class LiveLoader:
    """Opens the index that a home serves; without one, makes one of the first article."""

    def __init__(self, home: Home, encoder: Encoder | None = None) -> None:
        self.home = home.create()
        self.encoder = encoder or WordEncoder()
        if self.home.current().index is None:
            build_index(passages_of_article(FIRST), self.encoder, self.home.indexes / "one", self.home.embeddings)
            self.home.promote(index="one")

    def wanted(self) -> str | None:
        return self.home.current().index

    def load(self) -> Loaded:
        version = self.home.current().index
        retriever = LiveRetriever(
            LiveIndex(PassageIndex.open(self.home.indexes / version, self.encoder), self.encoder), self.encoder
        )
        return Loaded(pipeline=SearchingPipeline(retriever), index=version, find=retriever.passage, retriever=retriever)


class SearchedLoader(LiveLoader):
    """A live desk whose index is searched as the real one is."""

    def load(self) -> Loaded:
        loaded = super().load()
        assert loaded.retriever is not None
        return replace(loaded, retriever=Retriever(loaded.retriever.live, self.encoder))
