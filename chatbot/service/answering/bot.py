"""Answers conversations, one after the other, and stores each answer while the next is made.

A queue of conversation ids, not of messages: whatever customers wrote by the time the bot gets to them is answered
together. The queue holds nothing that the database does not: after a restart the conversations in which the customer
had the last word are put back into it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import structlog

from chatbot.dialogue.answer import Answer, Decision
from chatbot.dialogue.text.blank import is_blank
from chatbot.dialogue.timing import StepTimes, timing
from chatbot.service.answering.leases import AnswerLeases
from chatbot.service.conversations import messages
from chatbot.service.serving import alone
from chatbot.service.turns import spoken
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import harvest
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from chatbot.service.answering.leases import Lease
    from chatbot.service.background.loops import Heart, Loop, Loops
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.monitoring.server_metrics import Metrics
    from chatbot.service.realtime.hub import Hub
    from chatbot.service.serving.loaded import Replies
    from chatbot.service.serving.serving import Serving
    from chatbot.storage.database import Database

_SWEEP_SECONDS = 5.0
_SWEEP_QUIET_SECONDS = 90.0
_ANSWER_QUIET_SECONDS = 180.0  # a model that loads on the same thread may take as long
_TAKEN_SECONDS = 1.0
_STORED_AT_ONCE = 16  # answers that wait for their commit; in a busy hour they share it with what customers write
# A customer must not wait for ever because one question breaks the bot: a person takes it.
_FAILED = Answer(
    reply="",  # the words of a hand-over
    decision=Decision.HAND_OVER,
    confidence=0.0,
    mode="hand_over",
    reason=messages.FAILED,
    detail="The bot failed on this message; see the log.",
    trace={"failed": True},
)
# What a picture shows is for a person to see; nothing is guessed.
_LOOKED_AT = replace(_FAILED, reason=messages.ONLY_FILES, detail="The customer sent files without a word.", trace={})


class _Asked(NamedTuple):
    """What to answer: the id of the newest message, whether it has words, and all turns with words up to it.

    ``shown``: whether the customer sees it being written, which may not be where nothing is answered alone.
    """

    newest: str
    wordy: bool
    turns: tuple[Turn, ...]
    shown: bool


class Answering:
    """The bot's side of the server. Build it inside the event loop, and ``stop`` it before the loop ends."""

    def __init__(self, *, database: Database, hub: Hub, rules: Rules, serving: Serving, metrics: Metrics) -> None:
        self._database = database.first_in_line()
        self._hub = hub
        self._rules = rules
        self._serving = serving
        self._metrics = metrics
        self._log = structlog.get_logger("answering")
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._writing: tuple[str, threading.Event] | None = None
        self._busy: dict[str, bool] = {}  # conversations that are being answered: whether to look at them again
        self._storing = asyncio.Semaphore(_STORED_AT_ONCE)
        self._answers: set[asyncio.Task[None]] = set()
        self.leases = AnswerLeases(self._database, rules.clock)
        self._loops: list[Loop] = []

    def start(self, loops: Loops) -> None:
        """Begin to answer, as soon as something serves."""
        self._loops = [
            loops.start("answering", self._work, quiet=_ANSWER_QUIET_SECONDS),
            loops.start("looking for waiting conversations", self._look_after, quiet=_SWEEP_QUIET_SECONDS),
        ]

    async def stop(self) -> None:
        """Stop writing. What was not finished is still unanswered in the database, and found there again."""
        answers = [*self._answers]
        for task in answers:
            task.cancel()
        if self._writing:
            self._writing[1].set()
        for loop in self._loops:
            await loop.stop()
        answers += self._answers
        for task in answers:
            task.cancel()
        await asyncio.gather(*answers, return_exceptions=True)

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

    async def _look_after(self, heart: Heart) -> None:
        """Look for waiting conversations when something has been loaded, and every few seconds."""
        while True:
            await self._sweep(heart)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_SECONDS):
                    await self._serving.changed.wait()
            self._serving.changed.clear()

    async def _sweep(self, heart: Heart) -> None:
        """Put every conversation that waits for the bot into the queue; none is ever forgotten for good.

        While nothing is loaded they are only counted.
        """
        try:
            async with self._database.read() as session:
                waiting = await stored.awaiting_bot(session, now=self._rules.clock.now())
                self._metrics.unreviewed.set(await harvest.count_undecided(session))
        except Exception as error:  # noqa: BLE001 - logged, and tried again by the next sweep
            self._log.exception("could not look for waiting conversations")
            heart.failed(error)
            return
        heart.beat()
        if self._serving.loaded.pipeline is None:
            self._metrics.waiting.set(len(waiting))
            return
        self._metrics.waiting.set(len(self._queued))
        for conversation_id in waiting:
            if conversation_id not in self._busy:
                self.notice(conversation_id)

    async def _work(self, heart: Heart) -> None:
        """Make one answer after the other; the next is begun while those before are being stored."""
        while True:
            heart.beat()
            await self._storing.acquire()
            try:
                heart.rest()
                conversation_id = await self._queue.get()
            except BaseException:
                self._storing.release()
                raise
            heart.beat()
            self._queued.discard(conversation_id)
            if self._serving.loaded.pipeline is None:
                self._storing.release()
                continue  # the sweep after loading finds it again
            self._metrics.waiting.set(len(self._queued))
            self._busy[conversation_id] = False
            made = asyncio.Event()
            task = asyncio.create_task(self._answer(conversation_id, made), name="answering one")
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
            await made.wait()

    async def _answer(self, conversation_id: str, made: asyncio.Event) -> None:
        """Answer one conversation; ``made`` is set when the model is free for the next."""
        try:
            if self.leases.free or await self._question(conversation_id) is not None:
                async with self.leases.hold(conversation_id) as lease:
                    if lease is not None:
                        await self._reply(conversation_id, made, lease)
                    else:  # another process is at it, or has just been and did not see the newest message
                        asyncio.get_running_loop().call_later(_TAKEN_SECONDS, self.notice, conversation_id)
        except Exception:  # noqa: BLE001 - logged; the sweep finds the conversation again
            self._log.exception("answering failed", conversation=conversation_id)
        finally:
            made.set()
            self._storing.release()
            if self._busy.pop(conversation_id):
                self.notice(conversation_id)

    async def _reply(self, conversation_id: str, made: asyncio.Event, lease: Lease) -> None:
        """Make an answer and store it. Where something was said meanwhile, it will be looked at again."""
        asked = await self._question(conversation_id)
        if asked is None:
            return
        message_id, stop = self._rules.clock.new_id("m"), threading.Event()
        self._writing = (conversation_id, stop)
        self._hub.typing(conversation_id, on=True)
        started = time.perf_counter()
        try:
            try:
                answer = _LOOKED_AT
                if asked.wordy:
                    answer = await self._write(conversation_id, message_id, asked, stop)
            finally:
                self._writing = None
            made.set()
            kept = None if stop.is_set() else await self._store(conversation_id, message_id, asked, answer, lease)
        finally:
            self._hub.end_draft(conversation_id)  # not before: whoever stops it keeps what they were shown
        if kept:
            self._metrics.answers.labels(str(kept.decision)).inc()
            self._metrics.answer_seconds.observe(time.perf_counter() - started)
        else:
            self._busy[conversation_id] = True

    async def _question(self, conversation_id: str) -> _Asked | None:
        """What to answer; None where the bot has nothing to say."""
        async with self._database.point_read() as session:
            said = await stored.said_to_bot(session, conversation_id)
            shown = await alone.is_on(session)
        if not said or said[-1].role != Role.CUSTOMER:
            self._hub.typing(conversation_id, on=False)
            return None
        return _Asked(said[-1].id, not is_blank(said[-1].text), spoken(said), shown)

    async def _write(self, conversation_id: str, message_id: str, asked: _Asked, stop: threading.Event) -> Answer:
        """The pipeline's answer; what it writes is passed on to whoever listens, piece by piece."""
        loop, times = asyncio.get_running_loop(), StepTimes()

        def on_delta(text: str) -> None:  # runs on the model's thread
            if text and asked.shown and not stop.is_set():
                loop.call_soon_threadsafe(self._hub.delta, conversation_id, message_id, text)

        def answered(pipeline: Replies) -> Answer:
            with timing(times):
                return pipeline.answer(asked.turns, on_delta=on_delta, should_stop=stop.is_set)

        try:
            _, answer = await self._serving.ask(answered)
        except Exception:  # noqa: BLE001
            self._log.exception("the pipeline failed", conversation=conversation_id)
            return _FAILED
        for step, seconds in times.seconds.items():
            self._metrics.step_seconds.labels(step).observe(seconds)
        return answer

    async def _store(
        self, conversation_id: str, message_id: str, asked: _Asked, answer: Answer, lease: Lease
    ) -> Answer | None:
        """Store an answer and tell of it; what was stored, None where it may no longer be given."""
        async with self._database.write() as session:
            answer = await alone.allowed(session, answer)
            kept = await messages.record(
                self._rules,
                session,
                conversation_id,
                answer,
                message_id=message_id,
                in_reply_to=asked.newest,
                lease=self.leases.holder,
            )
        if kept:
            lease.ended = True
            self._hub.publish_written(session, conversation_id)
        return answer if kept else None
