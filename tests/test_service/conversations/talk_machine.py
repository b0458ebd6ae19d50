"""Anything that customers, people, the bot, a second server and a crash may do to two conversations, in any order.

The machine foretells of each act whether it is taken or refused. After each step the snapshot taken at some earlier
moment, with the events since, has to give the snapshot of now; the log has to be without gaps; what was acknowledged
has to be there once, in its order and where it belongs; what is for agents must not reach the customer; and whoever
waits for the bot has to be found again. ``test_planted_bugs.py`` shows that it notices where one of these is broken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatbot.service.conversations import opening
from chatbot.service.realtime.event import Event
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.tables.conversations import Audience
from tests.test_service.conversations.event_replay import reduced
from tests.test_service.conversations.talk_acts import FOR_AGENTS, HOUR, TalkActs

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.clock import Clock
    from tests.test_service.conversations.widget_reducer import WidgetReducer

TALKS = st.integers(0, 1)
SERVERS = st.sampled_from(("one", "other"))
STAGES = ("new", "asked", "judged", "waiting", "meanwhile", "agent", "closed", "reopened")


class TalkMachine(TalkActs, RuleBasedStateMachine):
    """One run. ``url`` is of a database with its tables, which runs may share.

    ``widget`` is the widget's reducer, where there is Node. ``record`` is given each (snapshot of then, events since,
    snapshot of now) that was compared.
    """

    def __init__(
        self,
        url: str,
        around: Clock,
        widget: WidgetReducer | None,
        record: Callable[[dict[str, Any], list[Any], dict[str, Any]], None] = lambda *_: None,
    ) -> None:
        RuleBasedStateMachine.__init__(self)
        TalkActs.__init__(self, url, around)
        self.widget, self.record = widget, record

    @initialize(reached=st.lists(st.sampled_from(STAGES), min_size=2, max_size=2))
    def start(self, reached: list[str]) -> None:
        """Two conversations, each at some stage already: what is interesting comes late in most of them."""
        for which, stage in enumerate(reached):
            self.begin()
            if stage != "new":
                self.send(which, 0)
            if stage == "judged":
                self.bot(which, "answers")
                self.feedback(which, 1)
            elif stage in {"waiting", "meanwhile"}:
                self.hand_over(which)
                if stage == "meanwhile":
                    self.go_on_meanwhile(which)
            elif stage == "agent":
                self.claim(which, "Mira")
            elif stage == "closed":
                self.close(which)
            elif stage == "reopened":
                self.hand_over(which)
                self.close(which)
                self.reopen(which)

    @rule(
        which=TALKS,
        act=st.sampled_from(("send", "repeat", "send", "hand over", "meanwhile", "stop", "close", "reopen")),
    )
    def customer(self, which: int, act: str) -> None:
        acts = {"hand over": self.hand_over, "stop": self.stop, "close": self.close, "reopen": self.reopen}
        acts["meanwhile"] = self.go_on_meanwhile
        if act in acts:
            acts[act](which)
        else:
            self.send(which, 0 if act == "repeat" else self.fresh())

    @rule(which=TALKS, how=st.sampled_from(("answers", "hands over", "is late", "lost its lease")))
    def answer(self, which: int, how: str) -> None:
        self.bot(which, how)

    @rule(
        which=TALKS, theirs=st.booleans(), act=st.sampled_from(("claim", "reply", "repeat", "waiting", "bot", "closed"))
    )
    def agent(self, which: int, theirs: bool, act: str) -> None:
        """A person who has the conversation (where somebody has it), or the other one."""
        agent = "Bo" if (self.talks[which].now["agent"] == "Bo") is theirs else "Mira"
        if act == "claim":
            self.claim(which, agent)
        elif act in {"reply", "repeat"}:
            self.agent_replies(which, agent, 0 if act == "repeat" else self.fresh())
        else:
            self.release(which, agent, act)

    @rule(which=TALKS, server=SERVERS, act=st.sampled_from(("take", "take later", "end")))
    def lease(self, which: int, server: str, act: str) -> None:
        if act == "end":
            self.end_lease(which, server)
        else:
            self.take_lease(which, server, later=act == "take later")

    @rule(which=TALKS, act=st.sampled_from(("feedback", "rate", "contact")), number=st.integers(-1, 1))
    def say_how_it_was(self, which: int, act: str, number: int) -> None:
        {"feedback": self.feedback, "rate": self.rate, "contact": self.contact}[act](which, number)

    @rule(which=TALKS, act=st.sampled_from(("crash", "look")))
    def go_away(self, which: int, act: str) -> None:
        {"crash": self.crash, "look": self.look}[act](which)

    async def _read(self) -> tuple[list[tuple[Any, ...]], set[str]]:
        """Snapshot, events for the customer and the whole log of each conversation; and who waits for the bot."""
        async with self.database.read() as session:
            found = [
                (
                    await opening.snapshot(session, await opening.for_agent(session, talk.id)),
                    await log.after(session, talk.id, talk.before["seq"], audience=Audience.CUSTOMER),
                    await log.after(session, talk.id, 0, audience=Audience.AGENT),
                )
                for talk in self.talks
            ]
            return found, set(await stored.awaiting_bot(session, now=self.around.now() + 2 * HOUR))

    @invariant()
    def everything_agrees(self) -> None:
        found, waiting = self.run(self._read())
        for talk, (now, rows, whole) in zip(self.talks, found, strict=True):
            talk.now = now
            assert [event.seq for event in whole] == list(range(1, now["seq"] + 1))
            assert [message["text"] for message in now["messages"]] == talk.acknowledged
            seen = [Event.of(row) for row in rows]
            assert FOR_AGENTS not in json.dumps([now, [event.payload for event in seen]])
            # The last event may be for agents: the customer's client is then at the number before it.
            last = max([talk.before["seq"], *(row.seq for row in rows)])
            assert reduced(talk.before, seen) == {**now, "seq": last}
            assert self.widget is None or self.widget.agrees(talk.before, seen, now)
            assert (talk.id in waiting) is (talk.asked and talk.status == "open")
            self.record(talk.before, seen, now)

    def teardown(self) -> None:
        self.end()
