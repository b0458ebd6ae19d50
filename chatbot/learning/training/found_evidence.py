"""Finds the evidence of many moments: what serving would have found, of other conversations only and from the past.

What is found is kept as passage ids, line by line, so that an interrupted search goes on, and so that the examples of
an interrupted training stay the same. Texts are looked up when they are needed: what was deleted or retired since is
no evidence any more.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

from chatbot.home import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chatbot.home import Home
    from data.moments import Moment
    from data.progress import Report
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

EVIDENCE = 3
"""Passages a prompt holds; the same number as in serving."""
_AT_ONCE = 256
"""Moments searched between two writes: a few seconds' work."""


class FoundEvidence:
    """The passages for each moment, best first, by moment id."""

    def __init__(self, retriever: Retriever, ids: Mapping[str, Sequence[str]]) -> None:
        """``ids`` are passage ids by moment id, ``retriever`` knows the passages."""
        self._retriever = retriever
        self._ids = ids

    def passages(self, moment: Moment) -> list[Passage]:
        """What is still there and not retired; nothing for a moment that was not searched for."""
        retired = self._retriever.live.view.retired_ids
        found = [self._retriever.passage(name) for name in self._ids.get(moment.id, ()) if name not in retired]
        return [passage for passage in found if passage is not None]

    def texts(self, moment: Moment) -> list[str]:
        """Their answers, as a prompt wants them."""
        return [passage.answer for passage in self.passages(moment)]


def find_evidence(
    home: Home, retriever: Retriever, moments: Sequence[Moment], kept: Path, report: Report
) -> FoundEvidence:
    """The best passages for each moment.

    ``kept`` is the file that an interrupted search goes on from; it counts for one version of the index, and for a
    moment as long as its question is the same.
    """
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.index.filters import Filters
    from retrieval.passages import question_text

    questions = [question_text(moment.context) for moment in moments]
    keys = [_key(moment, question) for moment, question in zip(moments, questions, strict=True)]
    known = _taken_up(kept, home.current().index or "")
    missing = [place for place, key in enumerate(keys) if key not in known]
    cache = VectorCache(home.embeddings, retriever.encoder)
    cache.fill([questions[place] for place in missing], report)  # normally all there since indexing
    for start in range(0, len(missing), _AT_ONCE):
        some = missing[start : start + _AT_ONCE]
        asked = [questions[place] for place in some]
        filters = [
            Filters(exclude_sources=frozenset({moments[place].conversation_id}), before=moments[place].created)
            for place in some
        ]
        hits = retriever.search_each(asked, cache.read(asked), EVIDENCE, filters)
        new = {keys[place]: [hit.passage.id for hit in best] for place, best in zip(some, hits, strict=True)}
        with kept.open("a", encoding="utf-8") as file:
            file.writelines(_line(key, ids) for key, ids in new.items())
        known.update(new)
        report("find evidence", start + len(some), len(missing))
    return FoundEvidence(retriever, {moment.id: known[key] for moment, key in zip(moments, keys, strict=True)})


def _taken_up(path: Path, index: str) -> dict[str, list[str]]:
    """What an earlier search in the same index found; the file is left ready to be appended to."""
    known: dict[str, list[str]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            if json.loads(next(file, "{}")).get("index") == index:
                for line in file:
                    row = json.loads(line)
                    known[row["moment"]] = row["passages"]
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # a kill has torn a line; what stands before it counts
    header = json.dumps({"index": index}) + "\n"
    write_atomically(path, header + "".join(_line(key, ids) for key, ids in known.items()))
    return known


def _line(key: str, ids: Sequence[str]) -> str:
    return json.dumps({"moment": key, "passages": list(ids)}) + "\n"


def _key(moment: Moment, question: str) -> str:
    whole = "\x00".join((moment.id, moment.created or "", question))
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
