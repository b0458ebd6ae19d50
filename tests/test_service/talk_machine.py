"""Anything that customers, people, the bot and a crash may do to two conversations, in any order.

After each step the snapshot taken at some earlier moment, with the events since, has to give the snapshot of now; the
log has to be without gaps; what was acknowledged has to be there once, in its order and where it belongs.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatbot.errors import AlreadyTakenError, ClosedError, NotFoundError, NotYoursError
from chatbot.service import ownership, reactions
from chatbot.service.conversations import Conversations, Reply
from chatbot.service.events import read_log
from chatbot.storage import conversations as stored
from chatbot.storage.database import open_database
from chatbot.storage.tables import Audience
from tests.test_service.replay import reduced

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Awaitable, Callable

    from chatbot.service.surroundings import Surroundings

TALKS = st.integers(0, 1)
AGENTS = st.sampled_from(("Mira", "Bo"))
REFUSALS = (AlreadyTakenError, ClosedError, NotYoursError, NotFoundError)
SEEN_BY_WIDGET = ("seq", "status", "messages", "handover", "rating", "agent", "contact")


class TalkMachine(RuleBasedStateMachine):
    """One run. ``url`` is of a database that runs may share; ``node`` is the widget's reducer, where there is Node."""

    def __init__(self, url: str, around: Surroundings, node: subprocess.Popen[str] | None) -> None:
        super().__init__()
        self.url, self.around, self.node = url, around, node
        self.runner = asyncio.Runner()
        self.opening = open_database(url)
        self.database = self.run(self.opening.__aenter__())
        self.talks = Conversations(b"secret", around)
        self.ids: list[str] = []
        self.acknowledged: list[list[str]] = [[], []]
        self.before: list[dict[str, Any]] = []

    def run(self, work: Awaitable[Any]) -> Any:
        async def inside() -> Any:
            return await work

        return self.runner.run(inside())

    def change(self, which: int, act: Callable[[Any, Any], Awaitable[Any]]) -> Any:
        """One transaction on a conversation, as a request makes it; None where it was refused."""

        async def write() -> Any:
            async with self.database.write() as session:
                return await act(session, await stored.locked(session, self.ids[which]))

        try:
            return self.run(write())
        except REFUSALS:
            return None

    async def snapshot(self, which: int) -> dict[str, Any]:
        async with self.database.read() as session:
            return await self.talks.snapshot(session, await stored.find(session, self.ids[which]))

    def newest(self, which: int) -> Any:
        async def read() -> Any:
            async with self.database.read() as session:
                return await stored.newest_message(session, self.ids[which])

        return self.run(read())

    @initialize()
    def start(self) -> None:
        async def begin() -> str:
            async with self.database.write() as session:
                return (await self.talks.start(session)).id

        self.ids = [self.run(begin()) for _ in range(2)]
        self.before = [self.run(self.snapshot(which)) for which in range(2)]

    @rule(which=TALKS, number=st.integers(0, 5))
    def send(self, which: int, number: int) -> None:
        """A new message, or (the same number again) one whose answer was lost on the way."""
        text = f"message {number} of {which}"
        sent = self.change(which, lambda session, row: self.talks.send(session, row, client_id=f"c{number}", text=text))
        if sent is not None and sent[1]:
            assert text not in self.acknowledged[which]
            self.acknowledged[which].append(text)

    @rule(which=TALKS, hand_over=st.booleans(), late=st.booleans())
    def bot(self, which: int, hand_over: bool, late: bool) -> None:
        """The bot's answer arrives; a late one was begun before somebody else spoke."""
        newest, now = self.newest(which), self.run(self.snapshot(which))
        if newest is None:
            return
        answer = Reply(
            message_id=self.around.new_id("m"),
            in_reply_to="m_older" if late else newest.id,
            text=f"answer to {newest.id}",
            decision="hand_over" if hand_over else "answer",
            mode="verbatim",
            confidence=0.9,
            evidence=(),
            trace={},
            report={},
            hand_over="not_sure" if hand_over else None,
        )

        async def record() -> bool:
            async with self.database.write() as session:
                return await self.talks.record(session, self.ids[which], answer)

        kept = self.run(record())
        assert not (kept and late)
        assert not kept or now["status"] == "open"
        if kept:
            self.acknowledged[which].append(answer.text)

    @rule(which=TALKS)
    def hand_over(self, which: int) -> None:
        self.change(which, self.talks.hand_over)

    @rule(which=TALKS, agent=AGENTS)
    def claim(self, which: int, agent: str) -> None:
        self.change(which, lambda session, row: ownership.claim(session, row, agent, now=self.around.now()))

    @rule(which=TALKS, agent=AGENTS, to=st.sampled_from(("waiting", "bot", "closed")))
    def release(self, which: int, agent: str, to: str) -> None:
        self.change(which, lambda session, row: ownership.release(session, row, agent, to, now=self.around.now()))

    @rule(which=TALKS, agent=AGENTS, number=st.integers(0, 3))
    def agent_replies(self, which: int, agent: str, number: int) -> None:
        now = self.run(self.snapshot(which))
        text = f"reply {number} in {which}"
        ids = {"message_id": self.around.new_id("m"), "client_id": f"r{number}"}
        sent = self.change(
            which,
            lambda session, row: ownership.reply(session, row, agent, text=text, now=self.around.now(), **ids),
        )
        if sent is not None and sent[1]:
            assert (now["status"], now["agent"]) == ("agent", agent)
            self.acknowledged[which].append(text)

    @rule(which=TALKS)
    def close(self, which: int) -> None:
        self.change(which, self.talks.close)

    @rule(which=TALKS)
    def reopen(self, which: int) -> None:
        self.change(which, lambda session, row: ownership.reopen(session, row, now=self.around.now()))

    @rule(which=TALKS, score=st.integers(1, 5))
    def rate(self, which: int, score: int) -> None:
        self.change(which, lambda session, row: self.talks.rate(session, row, score=score))

    @rule(which=TALKS, name=st.sampled_from("ab"))
    def contact(self, which: int, name: str) -> None:
        email = f"{name}@shop.example"
        self.change(which, lambda session, row: ownership.leave_contact(session, row, email, now=self.around.now()))

    @rule(which=TALKS, value=st.sampled_from((-1, 0, 1)))
    def feedback(self, which: int, value: int) -> None:
        newest = self.newest(which)
        if newest is not None and newest.role == "bot":
            self.change(
                which,
                lambda session, row: reactions.give_feedback(session, row, newest.id, value, now=self.around.now()),
            )

    @rule(which=TALKS)
    def crash(self, which: int) -> None:
        """The process dies in the middle of a transaction; another opens the database."""

        async def die(session: Any, row: Any) -> None:
            if row.status == "open":
                await self.talks.send(session, row, client_id="lost", text="never acknowledged")
            raise NotFoundError("the lights went out")

        self.change(which, die)
        self.run(self.opening.__aexit__(None, None, None))
        self.opening = open_database(self.url)
        self.database = self.run(self.opening.__aenter__())

    @rule(which=TALKS)
    def look(self, which: int) -> None:
        """A client takes a snapshot and goes on from there."""
        self.before[which] = self.run(self.snapshot(which))

    @invariant()
    def events_lead_from_then_to_now(self) -> None:
        for which, before in enumerate(self.before):
            now = self.run(self.snapshot(which))
            seen = self.run(read_log(self.database, self.ids[which], before["seq"], audience=Audience.CUSTOMER))
            whole = self.run(read_log(self.database, self.ids[which], 0, audience=Audience.AGENT))
            assert [event.seq for event in whole] == list(range(1, now["seq"] + 1))
            assert [message["text"] for message in now["messages"]] == self.acknowledged[which]
            # The last event may be for agents: the customer's client is then at the number before it.
            last = max([before["seq"], *(event.seq or 0 for event in seen)])
            assert reduced(before, seen) == {**now, "seq": last}
            if self.node is not None:
                expected = {**{name: now[name] for name in SEEN_BY_WIDGET}, "seq": last}
                assert self.widget(before, seen) == expected

    def widget(self, before: dict[str, Any], events: list[Any]) -> Any:
        assert self.node is not None
        assert self.node.stdin is not None
        assert self.node.stdout is not None
        told = [{"seq": event.seq, "kind": event.kind, "payload": event.payload} for event in events]
        # Each twice: a reconnected stream and a second tab's answer may bring what is known.
        doubled = [event for event in told for _ in range(2)]
        self.node.stdin.write(json.dumps({"before": before, "events": doubled}) + "\n")
        self.node.stdin.flush()
        return json.loads(self.node.stdout.readline())

    def teardown(self) -> None:
        self.run(self.opening.__aexit__(None, None, None))
        self.runner.close()
