"""Loads what ``current.json`` names: index and model become a dialogue pipeline, or a sentence on what is missing.

Synchronous and slow; the server runs it on its model thread, the command line wherever it likes. What returns a
retriever or a pipeline raises NotReadyError where there is no index, or where it or its encoder cannot be used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.check.backing import CORROBORATED
from chatbot.engine.client import Inline
from chatbot.errors import NotReadyError
from chatbot.service.serving.contract_in_use import served_contract, served_topics
from chatbot.service.serving.index_follower import catch_up_once
from chatbot.service.serving.loaded import Loaded
from chatbot.service.serving.model_in_use import ServedModel, load_model
from chatbot.service.serving.promise import laid_down
from retrieval.encoder.runtime import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from chatbot.dialogue.complete.answer_memory import AnswerMemory
    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.dialogue.pipeline import Pipeline
    from chatbot.engine.client import Host
    from chatbot.engine.engine import Engine
    from chatbot.engine.worker import Worker
    from chatbot.home import Home
    from chatbot.settings import Settings
    from retrieval.adapter.adapter import DeskAdapter
    from retrieval.encoder.encoder import SentenceEncoder
    from retrieval.index.live_index import LiveIndex
    from retrieval.search.retriever import Retriever

NO_INDEX = "Nothing is indexed yet: `understudy import PATH`, then `understudy index`."
NO_MODEL = "No model: answering from retrieval only."
_MOST_THREADS = 4


class DeskLoader:
    """Loads from a home folder. Keeps the encoder, and of index and model what did not change."""

    def __init__(
        self,
        home: Home,
        *,
        answer_threshold: float,
        corroborated: int = CORROBORATED,
        promise: Promise | None = None,
        torch_threads: int | None = None,
        worker: Worker | None = None,
    ) -> None:
        """``promise`` is what a contract is held to where the home says nothing, its own where None is given.

        ``corroborated``: customers that have to be told what is specific in an answer. ``worker`` steps the model's
        engine for a server; without one whoever asks does. A server opens the index privately, so that a file changed
        in place does not end it.
        """
        self._home = home
        self._threshold = answer_threshold
        self._corroborated = corroborated
        self._promise = promise
        self._threads = torch_threads or min(_MOST_THREADS, processors())
        self._private = worker is not None
        self._hosting: Callable[[Engine], Host] = Inline if worker is None else worker.host
        self._encoder: SentenceEncoder | None = None
        self._index: tuple[str, LiveIndex] | None = None
        self._memory: AnswerMemory | None = None
        self._model: ServedModel | None = None
        self._adapter_notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, worker: Worker | None = None) -> DeskLoader:
        """The loader of the desk that the settings name."""
        from chatbot.dialogue.decide.error_budget import Promise

        return cls(
            settings.desk(),
            answer_threshold=settings.answer_threshold,
            corroborated=settings.corroborated,
            promise=Promise(settings.risk, settings.sure),
            torch_threads=settings.torch_threads,
            worker=worker,
        )

    def wanted(self) -> Hashable:
        """The versions and the promise in ``current.json``, and the topics as they were edited last."""
        current = self._home.current()
        versions = (current.index, current.model, current.adapter, current.contract)
        return *versions, current.promise, _changed(self._home.topics)

    def load(self) -> Loaded:
        """Make the pipeline of the versions that ``current.json`` names.

        A model or a contract that cannot be used is noted and done without; an index that cannot is missing.
        """
        from chatbot.dialogue.complete.completer import Completer
        from chatbot.dialogue.pipeline import Pipeline

        current = self._home.current()
        contract = served_contract(self._home, laid_down(self._home) or self._promise)
        _blas_on_one_thread()
        try:
            retriever = self._retriever(contract.adapter)
        except NotReadyError as error:
            return Loaded(pipeline=None, missing=(str(error),))
        if contract.version is not None and contract.adapter is not None and retriever.adapter is None:
            contract = contract.silenced(f"The contract {contract.version} cannot be kept without its adapter.")
        model = self._loaded_model(current.model)
        topics, topic_notes = served_topics(self._home, retriever.encoder.fingerprint)
        pipeline = Pipeline(
            retriever,
            model.reply_model,
            contract.policy(self._threshold),
            probability_model=contract.probability_model,
            scope=contract.scope,
            ranking=contract.ranking,
            topics=topics,
            versions={"index": current.index, "adapter": contract.adapter, "contract": contract.version},
            completer=Completer(model.completer, self._memory.now if self._memory else None),
            writes=contract.writes(model.name),
            corroborated=self._corroborated,
        )
        return Loaded(
            pipeline=pipeline,
            notes=(*model.notes, *self._adapter_notes, *contract.notes_beside(model.name), *topic_notes),
            index=current.index,
            model=model.name,
            contract=contract.version,
            find=retriever.passage,
            retriever=retriever,
            engine=model.engine,
        )

    def encoder(self) -> SentenceEncoder:
        """The encoder, loaded once.

        Raises:
            NotReadyError: its weights are missing or damaged.

        """
        if self._encoder is None:
            self._encoder = load_encoder(threads=self._threads)
        return self._encoder

    def retriever(self) -> Retriever:
        """The retriever of the index that serves, as it was built; changes since then are not in it."""
        return self._retriever(served_contract(self._home).adapter)

    def _retriever(self, adapter: str | None) -> Retriever:
        """``retriever`` with an adapter version."""
        from chatbot.dialogue.complete.answer_memory import AnswerMemory
        from retrieval.index.live_index import LiveIndex
        from retrieval.index.manifest import IndexUnusableError
        from retrieval.index.snapshot import PassageIndex
        from retrieval.search.retriever import Retriever

        version = self._home.current().index
        if version is None:
            raise NotReadyError(NO_INDEX)
        try:
            encoder = self.encoder()
            if self._index is None or self._index[0] != version:
                snapshot = PassageIndex.open(self._home.indexes / version, encoder, private=self._private)
                self._index = (version, LiveIndex(snapshot, encoder))
                self._memory = AnswerMemory(self._index[1])
        except (NotReadyError, IndexUnusableError, OSError) as error:
            raise NotReadyError(f"The index {version} cannot be used: {error}") from error
        return Retriever(self._index[1], encoder, self._adapter(encoder, adapter))

    def _adapter(self, encoder: SentenceEncoder, version: str | None) -> DeskAdapter | None:
        """The adapter over the encoder; where it cannot be used, a note and None."""
        from retrieval.adapter.adapter import AdapterError, DeskAdapter

        self._adapter_notes = ()
        if version is None:
            return None
        try:
            return DeskAdapter.load(self._home.adapters / version, encoder.fingerprint)
        except AdapterError as error:
            self._adapter_notes = (f"{error} Until then the encoder serves as it is.",)
            return None

    def _loaded_model(self, version: str | None) -> ServedModel:
        if version is None:
            self._model = None
            return ServedModel(notes=(NO_MODEL,))
        if self._model is None or self._model.name != version:
            self._model = load_model(self._home.models / version, hosting=self._hosting)
        return self._model


def _blas_on_one_thread() -> None:
    """Keep numpy's and scipy's BLAS from waiting in loops.

    Its threads spin until there is work for them again: over the small arrays of one question that costs as much
    processor time as the rest of the answer and saves no time. OpenVINO and faiss have threads of their own.
    """
    from threadpoolctl import ThreadpoolController

    ThreadpoolController().select(threading_layer="pthreads").limit(limits=1)


def load_encoder(threads: int | None = None) -> SentenceEncoder:
    """The encoder, for work outside the server.

    Raises:
        NotReadyError: its weights are missing or damaged.

    """
    from retrieval.encoder.encoder import EncoderError, SentenceEncoder

    try:
        return SentenceEncoder.load(threads=threads)
    except EncoderError as problem:
        raise NotReadyError(str(problem)) from problem


def load_retriever(home: Home) -> Retriever:
    """The retriever of what a home folder serves, as it was built."""
    return DeskLoader(home, answer_threshold=1).retriever()


def load_current_retriever(settings: Settings) -> Retriever:
    """The retriever of what a desk serves with what changed since, for work outside the server."""
    retriever = DeskLoader.of(settings).retriever()
    catch_up_once(settings, retriever)
    return retriever


def load_pipeline(settings: Settings) -> Pipeline:
    """The pipeline of what a desk serves with what changed since, for work outside the server.

    Not to be called on a running event loop.
    """
    from chatbot.dialogue.pipeline import Pipeline

    pipeline = load_current(settings).pipeline
    assert isinstance(pipeline, Pipeline)
    return pipeline


def load_current(settings: Settings) -> Loaded:
    """All of ``load_pipeline``: the pipeline is there, and so is the retriever it searches with."""
    loaded = DeskLoader.of(settings).load()
    if loaded.pipeline is None:
        raise NotReadyError(" ".join(loaded.missing))
    assert loaded.retriever is not None
    catch_up_once(settings, loaded.retriever)
    return loaded


def _changed(path: Path) -> int | None:
    """When a file was written last, in nanoseconds; None where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
