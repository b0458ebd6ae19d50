"""The order of macros for one conversation: those first that are like what the customer asks.

A macro is as like as the likest of its text and the questions to which it was used (cosine of the encoder's vectors).
Where the engine is busy or nothing serves, and for what no vector is known of yet, the use count stays the order. Holds
vectors in memory, and of the database nothing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.service.serving.serving import Serving
    from retrieval.encoder.encoder import Encoder

_PATIENCE = 0.3  # seconds that whoever opens the list waits
_AT_ONCE = 32  # texts that are computed for one list; the others follow with the next
_KEPT = 4096  # vectors in memory: some 6 MB


class MacroRanking:
    """One server's. Its vectors are made and kept on the models' thread."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._vectors: OrderedDict[bytes, NDArray[Any]] = OrderedDict()

    async def ranked(
        self, macros: Sequence[dict[str, Any]], question: str, questions: Mapping[str, Sequence[str]]
    ) -> list[dict[str, Any]]:
        """The macros, given in the order of their use, with their ``likeness`` (None: not known), the likest first."""
        retriever = self._serving.loaded.retriever
        known: dict[str, float] = {}
        if retriever is not None and question.strip() and macros and not self._serving.busy:
            texts = {macro["id"]: [macro["text"], *questions.get(macro["id"], ())] for macro in macros}
            asked = self._serving.ask(lambda _: self._likeness(retriever.encoder, question, texts))
            known = await _soon(asyncio.ensure_future(asked))
        told = [{**macro, "likeness": known.get(macro["id"])} for macro in macros]
        return sorted(told, key=lambda macro: -2.0 if macro["likeness"] is None else macro["likeness"], reverse=True)

    def _likeness(self, encoder: Encoder, question: str, texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
        wanted = {_key(encoder, text): text for text in (question, *(text for each in texts.values() for text in each))}
        new = [key for key in wanted if key not in self._vectors][:_AT_ONCE]
        if new:
            self._vectors.update(zip(new, encoder.encode([wanted[key] for key in new]), strict=True))
        found = {key: self._vectors[key] for key in wanted if key in self._vectors}
        for key in found:
            self._vectors.move_to_end(key)
        while len(self._vectors) > _KEPT:
            self._vectors.popitem(last=False)
        asked = found[_key(encoder, question)]
        likeness = {}
        for macro, each in texts.items():
            vectors = [found[key] for key in (_key(encoder, text) for text in each) if key in found]
            if vectors:
                likeness[macro] = round(float(max(vector @ asked for vector in vectors)), 4)
        return likeness


async def _soon(asked: Future[tuple[Any, dict[str, float]]]) -> dict[str, float]:
    """What is asked, where it comes in time. What comes late is for the next who asks: its vectors are kept."""
    done, _ = await asyncio.wait({asked}, timeout=_PATIENCE)
    if not done:
        asked.add_done_callback(lambda late: late.cancelled() or late.exception())
        return {}
    try:
        return asked.result()[1]
    except UnderstudyError:  # nothing serves after all: a hint that nobody misses
        return {}


def _key(encoder: Encoder, text: str) -> bytes:
    """What a vector is kept by: no words of a customer stay in memory."""
    return blake2b(f"{encoder.fingerprint}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
