"""What customers, people, the bot, a second server and a crash do to a conversation, and what has to come of each act.

The acts foretell from a few fields (``Talk``) whether they are taken or refused, and assert it.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Answer, Decision, Evidence
from chatbot.errors import AlreadyTakenError, AnotherTextError, ClosedError, NotFoundError, NotYoursError
from chatbot.service.conversations import (
    feedback,
    held,
    messages,
    notes,
    opening,
    ownership,
    replying,
    snoozing,
    waiting,
)
from chatbot.service.conversations.held import AlreadySentError
from chatbot.service.conversations.rules import Rules
from chatbot.service.visitors.visitors import Visitors
from chatbot.service.worklist import acts
from chatbot.service.worklist.search import parse
from chatbot.storage.database import Database, open_database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import worklist
from chatbot.storage.tables.worklist import Order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chatbot.clock import Clock

REFUSALS = (AlreadyTakenError, AnotherTextError, ClosedError, NotYoursError, NotFoundError, AlreadySentError)
FOR_AGENTS = "how the bot came to it"  # stands in all that a customer must not see
HOUR = timedelta(hours=1)


async def with_tables(url: str) -> None:
    """Make the tables that the machine finds."""
    async with open_database(url):
        pass


@dataclass
class Talk:
    """What the machine knows of one conversation without asking: the specification, in a few fields."""

    id: str
    before: dict[str, Any] = field(default_factory=dict)  # a snapshot that some client took
    now: dict[str, Any] = field(default_factory=dict)  # the newest
    acknowledged: list[str] = field(default_factory=list)
    replied: dict[str, str] = field(default_factory=dict)  # who wrote each reply
    asked: bool = False  # the customer had the last word in this episode
    tags: set[str] = field(default_factory=set)
    asleep: bool = False  # put off to a time that has not come, and the customer has not written since
    lease: str | None = None  # the server that may store an answer
    given_by: str | None = None  # who gave it to the person who has it
    told: bool = False  # who waits was told already that what they write is read

    @property
    def status(self) -> str:
        return self.now["status"]

    @property
    def newest(self) -> dict[str, Any] | None:
        return self.now["messages"][-1] if self.now["messages"] else None

    @property
    def said_last(self) -> dict[str, Any] | None:
        return next((each for each in reversed(self.now["messages"]) if each["role"] != "system"), None)

    def held_by(self, agent: str) -> bool:
        return (self.now["status"], self.now["agent"]) == ("agent", agent)


class TalkActs:
    """The acts, each one a transaction on a real database, as a request makes it."""

    def __init__(self, url: str, around: Clock) -> None:
        self.url, self.around = url, around
        self.runner = asyncio.Runner()
        self.database = Database.at(url)
        self.rules, self.visitors = Rules(around), Visitors(around, b"secret")
        self.talks: list[Talk] = []
        self.fresh = itertools.count(100).__next__

    def run(self, work: Awaitable[Any]) -> Any:
        async def inside() -> Any:
            return await work

        return self.runner.run(inside())

    def write(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        async def inside() -> Any:
            async with self.database.write() as session:
                return await act(session)

        return self.run(inside())

    def change(
        self, talk: Talk, act: Callable[..., Awaitable[Any]], *args: Any, allowed: bool = True, **named: Any
    ) -> Any:
        """One transaction on a conversation, as a request makes it; None where it was refused, as it should be."""

        async def locked(session: Any) -> Any:
            row = await opening.for_agent(session, talk.id, lock=True)
            return True, await act(self.rules, session, row, *args, **named)

        try:
            taken, done = self.write(locked)
        except REFUSALS:
            taken, done = False, None
        assert taken is allowed
        self.look_again(talk)
        return done

    def look_again(self, talk: Talk) -> dict[str, Any]:
        """The snapshot of now, as a client would get it."""

        async def read() -> dict[str, Any]:
            async with self.database.read() as session:
                return await opening.snapshot(session, await opening.for_agent(session, talk.id))

        talk.now = self.run(read())
        if talk.status != "agent":
            talk.given_by = None
        return talk.now

    def begin(self) -> None:
        talk = Talk(self.write(lambda session: opening.start(self.visitors, session)).id)
        talk.before = self.look_again(talk)
        self.talks.append(talk)

    def send(self, which: int, number: int) -> None:
        """A new message, or (the same number again) one whose answer was lost on the way."""
        talk, text = self.talks[which], f"message {number} of {which}"
        known = text in talk.acknowledged

        async def post(rules: Rules, session: Any, _: Any) -> Any:
            standing = await stored.state(session, talk.id)  # as the route has it
            assert standing is not None
            return await messages.send(rules, session, standing, client_id=f"c{number}", text=text)

        sent = self.change(talk, post, allowed=known or talk.status != "closed")
        if sent is not None:
            assert sent[1] is not known
            assert sent[0]["text"] == text
            if sent[1]:
                talk.acknowledged.append(text)
                talk.asked = True
                talk.asleep = False
                self.expect_word(talk)

    def expect_word(self, talk: Talk) -> None:
        """Who writes on while they wait hears once that it is read; nobody else does."""
        newest = talk.newest
        assert newest is not None
        due = talk.status == "waiting" and not talk.told
        assert (newest["role"] == "system") is due
        if due:
            talk.acknowledged.append(newest["text"])
            talk.told = True

    def bot(self, which: int, how: str) -> None:
        """The bot's answer arrives; a late one was begun before somebody else spoke."""
        talk = self.talks[which]
        if not talk.asked and talk.status == "open":
            self.send(which, self.fresh())
        newest, status = talk.said_last, talk.status
        if newest is None or newest["role"] != "customer":
            return
        answer = Answer(
            reply=f"answer to {newest['id']}",
            decision=Decision.HAND_OVER if how == "hands over" else Decision.ANSWER,
            confidence=0.9,
            mode="verbatim",
            reason=FOR_AGENTS,
            evidence=(Evidence("t1:1", "moment", 0.9, FOR_AGENTS, FOR_AGENTS),),
            trace={"why": FOR_AGENTS},
        )
        given = {
            "message_id": self.around.new_id("m"),
            "in_reply_to": "m_older" if how == "is late" else newest["id"],
            "lease": "a third" if how == "lost its lease" else talk.lease,
        }
        kept = self.write(lambda session: messages.record(self.rules, session, talk.id, answer, **given))
        assert kept is (status == "open" and how in {"answers", "hands over"})
        if kept:
            self.look_again(talk)
            stored_text = talk.now["messages"][-1]["text"]
            assert stored_text.startswith(answer.reply)
            assert (stored_text == answer.reply) is (how == "answers"), "a hand-over says when as well"
            talk.acknowledged.append(stored_text)
            talk.asked = False
            talk.told = False
            talk.lease = None  # given back with the answer

    def take_lease(self, which: int, server: str, *, later: bool) -> None:
        """A server process wants to be at the answer; ``later`` when every lease is over."""
        talk, now = self.talks[which], self.around.now()
        at = now + 2 * HOUR if later else now
        taken = self.write(lambda session: stored.take_lease(session, talk.id, server, now=at, until=now + HOUR))
        assert taken is (later or talk.lease in {None, server})
        if taken:
            talk.lease = server

    def end_lease(self, which: int, server: str) -> None:
        talk = self.talks[which]
        self.write(lambda session: stored.end_lease(session, talk.id, server))
        talk.lease = None if talk.lease == server else talk.lease

    def stop(self, which: int) -> None:
        """The customer stops the answer that is being written."""
        talk = self.talks[which]
        newest = talk.said_last
        running = talk.status == "open" and newest is not None and newest["role"] == "customer"
        draft = (self.around.new_id("m"), f"as far as {self.around.new_id('w')}")
        stopped = self.change(talk, messages.stop_answer, draft=draft)
        assert stopped is running
        if stopped:
            talk.acknowledged.append(draft[1])
            talk.asked = False

    def hand_over(self, which: int) -> None:
        talk = self.talks[which]
        talk.told = talk.told and talk.status != "open"
        self.change(talk, ownership.hand_over, allowed=talk.status != "closed")
        assert talk.status != "open"

    def go_on_meanwhile(self, which: int) -> None:
        """Who waits asks the bot: it answers what nobody has answered yet, and the person is still waited for."""
        talk = self.talks[which]
        before, handover = talk.status, talk.now["handover"]
        offered = before == "waiting" and handover is not None and handover["meanwhile"]
        self.change(talk, ownership.go_on_meanwhile, allowed=before != "closed")
        assert talk.status == ("open" if offered else before)
        assert talk.now["handover"] == handover
        asks = talk.status == "waiting" or (talk.status == "open" and handover is not None)
        assert self.waits(talk) is (asks and not talk.asleep)
        if offered:
            last = talk.said_last
            talk.asked = last is not None and last["role"] == "customer" and talk.asked

    def waits(self, talk: Talk) -> bool:
        """Whether agents find it among what waits for them."""

        async def read() -> bool:
            async with self.database.read() as session:
                return talk.id in {each["id"] for each in await waiting.waiting(session, 10_000, now=self.around.now())}

        return self.run(read())

    def act(self, which: int, agent: str, do: str, *, undone: bool, **more: Any) -> None:
        """An act of the work list; perhaps undone at once."""
        talk, before = self.talks[which], self.talks[which].now
        act = acts.Act(acts.Do(do), **more)
        undo = self.acted(talk, agent, act)
        if not undone or not undo:
            return
        for step in undo:
            assert self.acted(talk, agent, replace(step, leads=act.leads)) is not None
        assert talk.status == before["status"]
        if do in {"snooze", "wake", "tag"}:
            assert {**talk.now, "seq": 0} == {**before, "seq": 0}
        elif do != "reopen":  # who opened it again is the one who had it
            assert talk.status != "agent" or talk.now["agent"] == before["agent"]

    def acted(self, talk: Talk, agent: str, act: acts.Act) -> tuple[acts.Act, ...] | None:
        """One act, on this conversation and on one that is not there: what would undo it, None where it is refused."""
        before, allowed = talk.now, self.may(talk, agent, act)

        async def once(session: Any) -> list[acts.Result]:
            return await acts.act_on(self.rules, session, agent, act, [talk.id, "c_none"])

        mine, none = self.write(once)
        assert isinstance(none.error, NotFoundError)
        assert (mine.error is None) is allowed
        self.look_again(talk)
        if not allowed:
            assert talk.now == before
            return None
        talk.tags = (talk.tags | {*act.add}) - {*act.remove}
        if act.do in {"snooze", "wake"}:
            talk.asleep = act.do == "snooze"
        elif act.do != "tag":
            self.moved(talk, agent, act, before)
        return mine.undo

    def may(self, talk: Talk, agent: str, act: acts.Act) -> bool:
        """Whether an act is to be taken."""
        had = talk.now["agent"]
        free = talk.status in {"open", "waiting"} or talk.held_by(agent)
        if act.do == "assign":
            theirs = act.leads or had in {None, agent} or talk.given_by == agent
            return had == act.to or (talk.status != "closed" and theirs)
        if act.do in {"release", "to_bot"}:
            return talk.held_by(agent)
        return free or act.do in {"tag", "reopen"} or (act.do, talk.status) == ("done", "closed")

    def moved(self, talk: Talk, agent: str, act: acts.Act, before: dict[str, Any]) -> None:
        """What has to be after an act that says who has the conversation, or whether it is open."""
        if talk.now["seq"] == before["seq"]:
            assert talk.now == before
            assert {
                "claim": talk.held_by(agent),
                "done": talk.status == "closed",
                "reopen": talk.status != "closed",
                "assign": talk.now["agent"] == act.to,
            }[act.do]
            return
        to = act.to if act.do == "assign" else None if act.do in {"release", "to_bot"} else agent
        left = {"done": "closed", "to_bot": "open"}.get(act.do, "waiting" if to is None else "agent")
        assert (talk.status, talk.now["agent"]) == (left, to)
        if act.do == "assign":
            talk.given_by = agent if to not in {None, agent} else None
        talk.asleep = talk.asleep and act.do not in {"done", "reopen"}
        talk.asked = talk.asked and act.do not in {"reopen", "to_bot"}
        talk.told = talk.told and left not in {"waiting", "open"} and act.do != "reopen"

    def note(self, which: int, agent: str) -> None:
        """Anybody of the team writes a note, also where another has the conversation and where it is closed."""
        talk, before = self.talks[which], self.talks[which].now
        given = {"client_id": self.around.new_id("k"), "text": FOR_AGENTS}
        view, new = self.change(talk, notes.add, agent, **given)
        assert new
        assert self.change(talk, notes.add, agent, **given) == (view, False)
        assert talk.now == {**before, "seq": before["seq"] + 1}

    def holds(self, which: int, agent: str, *, sent: bool) -> None:
        """A reply is held, and then taken back or sent before its time."""
        talk, text = self.talks[which], self.around.new_id("held" if sent else FOR_AGENTS)
        given = {"text": text, "client_id": self.around.new_id("k"), "hold": 5}
        allowed = talk.held_by(agent)
        shown = self.change(talk, replying.reply, agent, **given, allowed=allowed)
        if not allowed:
            return
        assert text not in [each["text"] for each in talk.now["messages"]]
        if sent:
            self.change(talk, held.send_now)
            talk.acknowledged.append(text)
            talk.replied[text] = agent
            talk.asked = False
        else:
            self.change(talk, held.take_back, agent, shown[0]["id"])
        self.change(talk, held.take_back, agent, shown[0]["id"], allowed=False)

    def wake_due(self, which: int) -> None:
        """The time comes for which everything was put off; it is told once of each."""
        later = Rules(replace(self.around, now=lambda: self.around.now() + 3 * HOUR))
        woken = self.write(lambda session: snoozing.wake_due(later, session))
        assert {talk.id for talk in self.talks if talk.asleep} == {*woken} & {talk.id for talk in self.talks}
        assert self.write(lambda session: snoozing.wake_due(later, session)) == []
        for talk in self.talks:
            talk.asleep = False
            self.look_again(talk)

    def listed(self, q: str) -> set[str]:
        """The conversations of this run that a search finds."""

        async def read() -> set[str]:
            async with self.database.read() as session:
                found = await worklist.page(
                    session, parse(q, me="Mira"), order=Order.NEWEST, after=None, limit=10_000, now=self.around.now()
                )
            return {row.id for row, _ in found} & {talk.id for talk in self.talks}

        return self.run(read())

    def claim(self, which: int, agent: str) -> None:
        talk = self.talks[which]
        self.change(
            talk,
            ownership.claim,
            agent,
            allowed=talk.status in {"open", "waiting"} or talk.held_by(agent),
        )
        assert talk.status in {"agent", "closed"}

    def release(self, which: int, agent: str, to: str) -> None:
        talk = self.talks[which]
        allowed = talk.held_by(agent)
        self.change(talk, ownership.release, agent, to, allowed=allowed)
        if allowed:
            assert talk.status == {"bot": "open"}.get(to, to)
            talk.asleep = talk.asleep and to != "closed"
            talk.told = False
            talk.asked = talk.asked and to != "bot"

    def agent_replies(self, which: int, agent: str, number: int) -> None:
        talk, text = self.talks[which], f"reply {number} in {which}"
        known = text in talk.acknowledged
        # Who sends a colleague's message again has drawn their number.
        allowed = talk.replied[text] == agent if known else talk.held_by(agent)
        sent = self.change(talk, replying.reply, agent, text=text, client_id=f"r{number}", allowed=allowed)
        if sent is not None:
            assert sent[1] is not known
            if sent[1]:
                talk.acknowledged.append(text)
                talk.replied[text] = agent
                talk.asked = False

    def close(self, which: int) -> None:
        self.change(self.talks[which], ownership.close)
        assert self.talks[which].status == "closed"
        self.talks[which].asleep = False

    def reopen(self, which: int) -> None:
        talk = self.talks[which]
        closed = talk.status == "closed"
        self.change(talk, ownership.reopen)
        if closed:
            assert talk.status == "open"
            talk.told = False
            talk.asked = False  # what was said in the episode before is not answered now

    def rate(self, which: int, number: int) -> None:
        score = 3 + number
        self.change(self.talks[which], feedback.rate, score=score)
        assert self.talks[which].now["rating"] == score

    def contact(self, which: int, number: int) -> None:
        talk, email = self.talks[which], f"a{number}@shop.example"
        self.change(talk, feedback.leave_contact, email)
        assert talk.now["contact"] == email

    def feedback(self, which: int, value: int) -> None:
        talk, newest = self.talks[which], self.talks[which].newest
        if newest is not None and newest["role"] == "bot":
            self.change(talk, feedback.judge_answer, newest["id"], value)
            assert talk.now["messages"][-1]["feedback"] == (value or None)

    def crash(self, which: int) -> None:
        """The process dies in the middle of a transaction; another opens the database."""

        async def die(rules: Rules, session: Any, row: Any) -> None:
            if row.status == "open":
                await messages.send(rules, session, row, client_id="lost", text="never acknowledged")
            raise NotFoundError("the lights went out")

        self.change(self.talks[which], die, allowed=False)
        self.run(self.database.close())
        self.database = Database.at(self.url)

    def look(self, which: int) -> None:
        """A client takes a snapshot and goes on from there."""
        self.talks[which].before = self.talks[which].now

    def end(self) -> None:
        self.run(self.database.close())
        self.runner.close()
