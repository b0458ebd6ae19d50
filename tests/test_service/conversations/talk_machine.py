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
from chatbot.service.worklist import acts
from chatbot.storage.queries import agents, worklist
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
        self.write(self.both_are_known)
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

    async def both_are_known(self, session: Any) -> None:
        """Only who was seen at the desk can be given a conversation."""
        for name in ("Mira", "Bo"):
            await agents.seen(session, name, at=self.around.now())

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

    @rule(
        which=TALKS,
        agent=st.sampled_from(("Mira", "Bo")),
        do=st.sampled_from((*acts.Do, "tag", "assign")),
        number=st.integers(0, 2),
        undone=st.booleans(),
        leads=st.booleans(),
    )
    def work(self, which: int, agent: str, do: str, number: int, undone: bool, leads: bool) -> None:
        """An act of the work list; perhaps taken back at once."""
        more: dict[str, Any] = {"until": self.around.now() + 2 * HOUR} if do == "snooze" else {}
        if do == "tag":
            more = {"add": (f"t{number}",), "remove": (f"t{number + 1}",)}
        if do == "assign":
            more = {"to": (None, "Mira", "Bo")[number], "leads": leads}
        self.act(which, agent, do, undone=undone, **more)

    @rule(which=TALKS, agent=st.sampled_from(("Mira", "Bo")), do=st.sampled_from(("note", "taken back", "sent")))
    def write_to_the_team(self, which: int, agent: str, do: str) -> None:
        """What the team sees first, or alone."""
        if do == "note":
            self.note(which, agent)
        else:
            self.holds(which, agent, sent=do == "sent")

    @rule(which=TALKS)
    def time_comes(self, which: int) -> None:
        self.wake_due(which)

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

    async def _read(self) -> tuple[list[tuple[Any, ...]], set[str], dict[str, list[str]]]:
        """Snapshot, events for the customer and the whole log of each conversation; who waits for the bot; tags."""
        async with self.database.read() as session:
            found = [
                (
                    await opening.snapshot(session, await opening.for_agent(session, talk.id)),
                    await log.after(session, talk.id, talk.before["seq"], audience=Audience.CUSTOMER),
                    await log.after(session, talk.id, 0, audience=Audience.AGENT),
                )
                for talk in self.talks
            ]
            waiting = set(await stored.awaiting_bot(session, now=self.around.now() + 2 * HOUR))
            return found, waiting, await worklist.tags(session, [talk.id for talk in self.talks])

    @invariant()
    def everything_agrees(self) -> None:
        found, waiting, tags = self.run(self._read())
        asleep, tagged, mine = self.listed("status:snoozed"), self.listed("tag:t0"), self.listed("owner:me")
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
            assert (talk.id in asleep) is talk.asleep
            assert (talk.id in mine) is (now["agent"] == "Mira")
            assert (talk.id in tagged) is ("t0" in talk.tags)
            assert set(tags[talk.id]) == talk.tags
            last = talk.said_last
            assert last is None or talk.id in self.listed(f'"{last["text"]}"')
            self.record(talk.before, seen, now)

    def teardown(self) -> None:
        self.end()
