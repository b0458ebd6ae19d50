"""Answers conversations, one at a time, on the one thread that may touch the model.

A queue of conversation ids, not of messages: whatever a customer wrote by the time the bot gets to him is answered
together. The queue holds nothing that the database does not: after a restart the conversations in which the customer
had the last word are put back into it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import structlog

from chatbot.dialogue.timing import StepTimes, timing
from chatbot.errors import NotReadyError
from chatbot.service.answering.leases import AnswerLeases
from chatbot.service.answering.replies import failed, reply_of, turn_of
from chatbot.service.serving.loader import Loaded
from chatbot.storage.queries import conversations as stored
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from chatbot.clock import Clock
    from chatbot.dialogue.answer import Answer, Candidate
    from chatbot.dialogue.complete.completer import Completion
    from chatbot.service.answering.leases import Lease
    from chatbot.service.conversations.conversations import Conversations, Reply
    from chatbot.service.monitoring.metrics import Metrics
    from chatbot.service.realtime.hub import Hub
    from chatbot.service.serving.loader import PipelineLoader, Replies
    from chatbot.service.serving.upkeep import IndexUpkeep
    from chatbot.storage.database import Database
    from data.transcripts import Turn


_SWEEP_SECONDS = 5.0
_TAKEN_SECONDS = 1.0
_RETRY_SECONDS = 60.0
_STORED_AT_ONCE = 16  # answers that wait for their commit; in a busy hour they share it with what customers write
_FOLLOW_SECONDS = 0.3
_FOLLOW_AGAIN_SECONDS = 5.0
_STARTING = Loaded(pipeline=None, missing=("The server is loading its index and model.",))
_T = TypeVar("_T")


class Answering:
    """The bot's side of the server. Build it inside the event loop, and ``stop`` it before the loop ends."""

    def __init__(
        self,
        *,
        database: Database,
        hub: Hub,
        conversations: Conversations,
        loader: PipelineLoader,
        metrics: Metrics,
        clock: Clock,
        reload_seconds: float,
        upkeep: IndexUpkeep,
    ) -> None:
        self._database = database
        self._hub = hub
        self._conversations = conversations
        self._loader = loader
        self._metrics = metrics
        self._clock = clock
        self._reload_seconds = reload_seconds
        self._upkeep = upkeep
        self._log = structlog.get_logger("answering")
        # One thread for good: torch keeps state by thread, and two cores are not worth a second one.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._loaded = _STARTING
        self._serves: Hashable = None
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._writing: tuple[str, threading.Event] | None = None
        self._busy: dict[str, bool] = {}  # conversations that are being answered: whether to look at them again
        self._storing = asyncio.Semaphore(_STORED_AT_ONCE)
        self._answers: set[asyncio.Task[None]] = set()
        self._leases = AnswerLeases(database, clock)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def loaded(self) -> Loaded:
        """What serves now, and what is missing."""
        return self._loaded

    async def start(self) -> None:
        """Begin to load and to work; returns at once."""
        self._tasks = [
            asyncio.create_task(self._work(), name="answering"),
            asyncio.create_task(self._watch(), name="watching what serves"),
            asyncio.create_task(self._follow(), name="following the corpus"),
        ]

    async def stop(self) -> None:
        """Stop writing. What was not finished is still unanswered in the database, and found there again."""
        tasks = [*self._tasks, *self._answers]
        for task in tasks:
            task.cancel()
        if self._writing:
            self._writing[1].set()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._upkeep.stop()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    def notice(self, conversation_id: str) -> None:
        """Something changed in a conversation: look whether it wants an answer. Call it after the commit.

        An answer being written there has become too old and is broken off; the next one covers everything.
        """
        if self._writing and self._writing[0] == conversation_id:
            self._writing[1].set()
        if conversation_id in self._busy:
            self._busy[conversation_id] = True
        elif conversation_id not in self._queued:
            self._queued.add(conversation_id)
            self._queue.put_nowait(conversation_id)
            self._metrics.waiting.set(len(self._queued))

    def superseded(self, conversation_id: str) -> None:
        """Another process changed a conversation: an answer being written here has become too old."""
        if self._writing and self._writing[0] == conversation_id:
            self.notice(conversation_id)

    async def suggest(self, turns: Sequence[Turn], k: int) -> tuple[Loaded, list[Candidate]]:
        """Replies an agent might send, best first, and what they were made with.

        Raises:
            NotReadyError: there is no index to answer from yet.

        """
        return await self._ask(lambda pipeline: pipeline.suggest(turns, k))

    async def rank(self, turns: Sequence[Turn], candidates: Sequence[str]) -> tuple[Loaded, list[float]]:
        """How much each candidate looks like a reply of this desk (higher is more), and what judged it.

        Raises:
            NotReadyError: there is no index to answer from yet.

        """
        return await self._ask(lambda pipeline: pipeline.rank(turns, candidates))

    async def explain(self, turns: Sequence[Turn]) -> tuple[Loaded, Answer]:
        """What the bot would do with a conversation now, with its trace; nothing is stored.

        Raises:
            NotReadyError: there is no index to answer from yet.

        """
        return await self._ask(lambda pipeline: pipeline.answer(turns))

    async def complete(self, turns: Sequence[Turn], draft: str) -> tuple[Loaded, Completion]:
        """The likely rest of an agent's half-typed sentence, and what wrote it.

        Raises:
            NotReadyError: there is no index to look things up in yet.
            NoModelError: nothing is loaded that can complete.

        """
        return await self._ask(lambda pipeline: pipeline.complete(turns, draft))

    async def _ask(self, work: Callable[[Replies], _T]) -> tuple[Loaded, _T]:
        """What the pipeline that serves comes to, and what it was made with."""
        loaded = self._loaded
        pipeline = loaded.pipeline
        if pipeline is None:
            raise NotReadyError(" ".join(loaded.missing))
        return loaded, await self._on_thread(lambda: work(pipeline))

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _watch(self) -> None:
        """Load what is to serve, now and whenever that changes; pick up what waits."""
        swept = tried = float("-inf")
        while True:
            with contextlib.suppress(OSError):  # current.json may not be readable for a moment
                wanted = await asyncio.to_thread(self._loader.wanted)
                again = self._loaded.pipeline is None and time.monotonic() - tried > _RETRY_SECONDS
                if again or wanted != self._serves:
                    await self._load(wanted)
                    swept, tried = float("-inf"), time.monotonic()
            if self._loaded.pipeline is not None and time.monotonic() - swept > _SWEEP_SECONDS:
                await self._sweep()
                swept = time.monotonic()
            await asyncio.sleep(self._reload_seconds)

    async def _load(self, wanted: Hashable) -> None:
        self._serves = wanted
        try:
            loaded = await self._on_thread(self._loader.load)
            await self._upkeep.attach(loaded, self._on_thread)
        except Exception as error:  # noqa: BLE001 - a broken version must not take the server down
            self._log.exception("loading failed")
            if self._loaded.pipeline is None:
                self._loaded = Loaded(pipeline=None, missing=(f"Loading failed: {type(error).__name__}.",))
            return
        if loaded.pipeline is None and self._loaded.pipeline is not None:
            self._log.error("what was promoted cannot serve; the older one goes on", missing=loaded.missing)
            return
        self._loaded = loaded
        self._log.info("serving", index=loaded.index, model=loaded.model, missing=loaded.missing, notes=loaded.notes)

    async def _follow(self) -> None:
        """Take in what changes in the corpus, in small portions, so that no answer waits for long."""
        while True:
            try:
                done = await self._upkeep.step()
            except Exception:  # noqa: BLE001 - logged, and tried again; what is there goes on being searched
                self._log.exception("could not follow the corpus")
                await asyncio.sleep(_FOLLOW_AGAIN_SECONDS)
            else:
                await asyncio.sleep(_FOLLOW_SECONDS if done else 0)

    async def _sweep(self) -> None:
        """Put every conversation that waits for the bot into the queue; none is ever forgotten for good."""
        try:
            async with self._database.read(long=True) as session:
                waiting = await stored.awaiting_bot(session, now=self._clock.now())
        except Exception:  # noqa: BLE001 - logged, and tried again by the next sweep
            self._log.exception("could not look for waiting conversations")
            return
        for conversation_id in waiting:
            if conversation_id not in self._busy:
                self.notice(conversation_id)

    async def _work(self) -> None:
        """Make one answer after the other; the next is begun while those before are being stored."""
        while True:
            await self._storing.acquire()
            conversation_id = await self._queue.get()
            self._queued.discard(conversation_id)
            self._metrics.waiting.set(len(self._queued))
            pipeline = self._loaded.pipeline
            if pipeline is None:
                self._storing.release()
                continue  # the sweep after loading finds it again
            self._busy[conversation_id] = False
            made = asyncio.Event()
            task = asyncio.create_task(self._answer(conversation_id, pipeline, made), name="answering one")
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
            await made.wait()

    async def _answer(self, conversation_id: str, pipeline: Replies, made: asyncio.Event) -> None:
        """Answer one conversation; ``made`` is set when the model is free for the next."""
        try:
            if self._leases.free or await self._question(conversation_id) is not None:
                async with self._leases.hold(conversation_id) as lease:
                    if lease is not None:
                        await self._reply(conversation_id, pipeline, made, lease)
                    else:  # another process is at it, or has just been and did not see the newest message
                        asyncio.get_running_loop().call_later(_TAKEN_SECONDS, self.notice, conversation_id)
        except Exception:  # noqa: BLE001 - logged; the sweep finds the conversation again
            self._log.exception("answering failed", conversation=conversation_id)
        finally:
            made.set()
            self._storing.release()
            if self._busy.pop(conversation_id):
                self.notice(conversation_id)

    async def _reply(self, conversation_id: str, pipeline: Replies, made: asyncio.Event, lease: Lease) -> None:
        """Make an answer and store it. Where something was said meanwhile, it will be looked at again."""
        asked = await self._question(conversation_id)
        if asked is None:
            return
        newest, turns = asked
        message_id, stop = self._clock.new_id("m"), threading.Event()
        self._writing = (conversation_id, stop)
        self._hub.typing(conversation_id, on=True)
        started = time.perf_counter()
        try:
            try:
                reply = await self._write(pipeline, conversation_id, message_id, newest, turns, stop)
            finally:
                self._writing = None
            made.set()
            kept = not stop.is_set() and await self._store(conversation_id, reply, lease)
        finally:
            self._hub.end_draft(conversation_id)  # not before: whoever stops it keeps what he was shown
        if kept:
            self._metrics.answers.labels(reply.decision).inc()
            self._metrics.answer_seconds.observe(time.perf_counter() - started)
        else:
            self._busy[conversation_id] = True

    async def _store(self, conversation_id: str, reply: Reply, lease: Lease) -> bool:
        """Store an answer and tell of it; False where it may no longer be given."""
        async with self._database.write(first=True) as session:
            kept = await self._conversations.record(session, conversation_id, reply, lease=self._leases.holder)
        if kept:
            lease.ended = True
            self._hub.publish_written(session, conversation_id)
        return kept

    async def _question(self, conversation_id: str) -> tuple[str, tuple[Turn, ...]] | None:
        """The id of the message to answer and all turns up to it; None where the bot has nothing to say."""
        async with self._database.point_read() as session:
            said = await stored.said_to_bot(session, conversation_id)
        if not said or said[-1].role != Role.CUSTOMER:
            self._hub.typing(conversation_id, on=False)
            return None
        return said[-1].id, tuple(turn_of(message) for message in said)

    async def _write(
        self,
        pipeline: Replies,
        conversation_id: str,
        message_id: str,
        newest: str,
        turns: Sequence[Turn],
        stop: threading.Event,
    ) -> Reply:
        loop = asyncio.get_running_loop()

        def on_delta(text: str) -> None:  # runs on the model's thread
            if text and not stop.is_set():
                loop.call_soon_threadsafe(self._hub.delta, conversation_id, message_id, text)

        times = StepTimes()

        def answered() -> Answer:
            with timing(times):
                return pipeline.answer(turns, on_delta=on_delta, should_stop=stop.is_set)

        try:
            answer = await self._on_thread(answered)
        except Exception:  # noqa: BLE001
            # A customer must not wait for ever because one question breaks the bot: a person takes it.
            self._log.exception("the pipeline failed", conversation=conversation_id)
            return failed(message_id, newest)
        for step, seconds in times.seconds.items():
            self._metrics.step_seconds.labels(step).observe(seconds)
        return reply_of(answer, message_id, newest)
