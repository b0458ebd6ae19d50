"""One generated conversation while it is being written: its people, its clock, its turns so far.

Decides who says what and how it ends; the words themselves are the hand-written ones of ``intents/*.toml``.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from data.sample.noise import slip
from data.sample.people import draw_customer, draw_slots
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from datetime import datetime

    from data.sample.deck import Deck
    from data.sample.material import Ask, Intent, Material

_NOON, _DESK_CLOSES = 12, 17
_ORDER_TOPICS = frozenset({"delivery", "orders", "returns", "refunds", "damaged", "warranty", "payment", "stock"})
_BEFORE_BUYING = frozenset({"delivery-times-and-costs"})
_GREETING = re.compile(r"^(?:hi|hello|hey)\b[^\w]*", re.IGNORECASE)
_AN = re.compile(r"\b([Aa])(?= Otter)")
_GOOD_MORNING = re.compile(r"\bGood morning\b|^Morning(?=!)")
_TYPO_RATES = (0.0, 0.0, 0.02, 0.05, 0.1)
_STARTERS = tuple(
    f"{word} "
    for word in ("Do", "Is", "Can", "Could", "Are", "Will", "How", "What", "When", "Where", "Which", "My", "The")
)
_CONTRACTIONS = (
    (re.compile(r"\bI am\b"), "I'm"),
    (re.compile(r"\b([Ii]t) is\b"), r"\1's"),
    (re.compile(r"\bcannot\b"), "can't"),
    (re.compile(r"\b(do|does) not\b"), r"\1n't"),
)


@dataclass(frozen=True, slots=True)
class Decks:
    """What is drawn evenly over all conversations: the intents, and the wordings of each intent's question."""

    intents: Deck[Intent]
    asks: Mapping[str, Deck[Ask]]


class Scene:
    """Plays one conversation; use it once."""

    def __init__(self, material: Material, decks: Decks, start: datetime, rng: random.Random) -> None:
        self._material, self._decks, self._rng = material, decks, rng
        self._start = self._now = start
        self._customer = draw_customer(material, start.date(), rng)
        self._persona = asdict(self._customer)
        self._agent = rng.choices(material.agents, [agent.weight for agent in material.agents])[0]
        self._typos = rng.choice(_TYPO_RATES)
        self._turns: list[Turn] = []
        self._topics: list[Intent] = []
        self._slots: dict[str, dict[str, str]] = {}
        self._asked: dict[str, Ask] = {}
        self._handed_over = self._greeted = self._signed = False

    def play(self) -> tuple[tuple[Turn, ...], dict[str, Any]]:
        """Return the turns and the labels."""
        intent = self._next_intent()
        if self._chance(0.1):
            self._add(Role.BOT, self._line("bot_first"), "Otto", minutes=(0, 1))
        self._open(intent)
        if self._chance(0.05):
            self._ask_on(self._words("nudges"))
        if self._chance(0.09):
            self._hand_over(intent)
        self._reply(self._answer(*self._topics))
        solved = self._end(intent)
        return tuple(self._turns), self._labels(intent, solved=solved)

    # the customer's first words, and who answers them

    def _open(self, intent: Intent) -> None:
        question = self._question(intent)
        opening = self._words("angry") if self._chance(0.07) else _by_the_clock(self._words("openings"), self._now)
        if opening.endswith(", ") and question.startswith(_STARTERS):
            question = question[0].lower() + question[1:]
        text = question if question.lower().startswith(("hi", "hello")) else opening + question
        if self._chance(0.08):
            text += f"\n{self._more('bridges_first', self._next_intent())}"
        sign = self._words("signs").format(**self._persona)
        self._signed = self._customer.first in sign
        self._ask_on(slip(text, self._rng, self._typos) + sign)

    def _hand_over(self, intent: Intent) -> None:
        other = self._rng.choice([agent for agent in self._material.agents if agent is not self._agent])
        names = {"other": other.name, "agent": self._agent.name, "mood": self._line("moods")}
        names |= {"order": self._customer.order}
        self._reply(self._line("pass_on").format(**names))
        if self._chance(0.6):
            self._add(Role.NOTE, self._line("notes").format(**names), self._agent.name)
        self._agent, self._handed_over, self._greeted = other, True, True
        self._reply(self._line("took_over").format(**names), minutes=(3, 40))
        looks_up = intent.topic in _ORDER_TOPICS and not self._order_told() and self._chance(0.5)
        if looks_up and intent.article not in _BEFORE_BUYING:
            self._reply(self._line("ask_order"), minutes=(0, 1))
            self._ask_on(self._customer.order)

    # how it ends

    def _end(self, intent: Intent) -> bool:
        if intent.refusal:
            return self._refused()
        if intent.trouble and self._chance(0.65):
            return self._tried(intent)
        if intent.follow and self._chance(0.5):
            exchange = self._rng.choice(intent.follow)
            self._ask_on(slip(self._filled(intent, exchange.asks), self._rng, self._typos))
            self._reply(self._in_voice(self._filled(intent, exchange.says)))
        elif self._chance(0.1):
            another = self._next_intent()
            self._ask_on(slip(self._more("bridges", another), self._rng, self._typos))
            self._reply(self._answer(another))
        if self._chance(intent.unhappy):
            self._ask_on(self._words("unhappy"))
            return False
        if self._chance(0.6):
            self._ask_on(self._words("thanks"))
            if self._chance(0.4):
                self._reply(self._line("welcome"))
        return True

    def _refused(self) -> bool:
        if self._chance(0.6):
            self._ask_on(self._words("protests"))
            self._reply(self._in_voice(self._line("firm")))
        unhappy = self._chance(0.6)
        if unhappy or self._chance(0.5):
            self._ask_on(self._words("refused" if unhappy else "thanks"))
        return not unhappy

    def _tried(self, intent: Intent) -> bool:
        if self._chance(0.55):
            self._ask_on(self._words("still"), minutes=(20, 200))
            self._reply(self._in_voice(self._filled(intent, intent.still)))
            if self._chance(0.3):
                self._ask_on(f"{self._customer.order}. {self._words('unhappy')}")
                return False
            if self._chance(0.3):
                return False
        self._ask_on(self._words("fixed"), minutes=(15, 120))
        if self._chance(0.6):
            self._reply(self._line("glad"))
        return True

    def _labels(self, intent: Intent, *, solved: bool) -> dict[str, Any]:
        labels: dict[str, Any] = {"created": self._start.date().isoformat(), "topic": intent.topic, "solved": solved}
        if self._chance(0.45):
            labels["rating"] = self._rng.choice((4, 5, 5, 3) if solved else (1, 2, 2, 3))
        labels["kb_links"] = list(dict.fromkeys(one.article for one in self._topics))
        labels |= {"agent": self._agent.name, "intent": intent.name}
        if self._handed_over:
            labels["handed_over"] = True
        return labels

    # words

    def _next_intent(self) -> Intent:
        taken, day = {intent.name for intent in self._topics}, self._start.date()
        intent = self._decks.intents.draw(
            lambda one: one.name not in taken and (one.since is None or one.since <= day),
        )
        self._topics.append(intent)
        self._slots[intent.name] = draw_slots(self._material, intent, self._customer, self._rng)
        return intent

    def _question(self, intent: Intent) -> str:
        ask = self._asked[intent.name] = self._decks.asks[intent.name].draw()
        return _AN.sub(r"\1n", ask.text.format(**self._slots[intent.name]))

    def _more(self, bridges: str, intent: Intent) -> str:
        return self._words(bridges) + _GREETING.sub("", self._question(intent), count=1)

    def _filled(self, intent: Intent, wordings: tuple[str, ...]) -> str:
        return self._rng.choice(wordings).format(**self._slots[intent.name])

    def _answer(self, *intents: Intent) -> str:
        texts = []
        for intent in intents:
            parts = [self._filled(intent, part) for part in intent.says]
            bound = self._asked[intent.name].tail
            if bound is not None:
                parts.append(self._filled(intent, (intent.tails[bound],)))
            elif intent.tails and self._chance(0.4):
                parts.append(self._filled(intent, intent.tails))
            if intent.lookup and self._order_told():
                parts.insert(1, self._filled(intent, intent.lookup))
            if self._chance(0.12):
                parts.append(self._filled(intent, self._material.agent_lines["link"]))
            texts.append(self._agent.joined.join(parts))
        text = self._in_voice("\n".join(texts))
        if not self._greeted:
            self._greeted = True
            greeting = self._rng.choice(self._agent.greetings_named if self._signed else self._agent.greetings)
            gap = "\n" if greeting.endswith(",") else " "
            text = f"{greeting.format(**self._persona)}{gap}{text}".strip()
        if self._chance(self._agent.close_chance):
            text = f"{text}\n{self._rng.choice(self._agent.closings)}".strip()
        return text

    def _in_voice(self, text: str) -> str:
        if self._agent.contracts:
            for long, short in _CONTRACTIONS:
                text = long.sub(short, text)
        return text

    # turns and the clock

    def _ask_on(self, text: str, minutes: tuple[int, int] = (1, 6)) -> None:
        self._add(Role.CUSTOMER, text, None, minutes)

    def _reply(self, text: str, minutes: tuple[int, int] = (1, 9)) -> None:
        if self._now.hour >= _DESK_CLOSES:
            self._now = self._next_morning()
        self._add(Role.AGENT, text, self._agent.name, minutes)

    def _next_morning(self) -> datetime:
        morning = self._now + timedelta(days=1)
        while morning.weekday() > 4:  # noqa: PLR2004  Friday is day 4
            morning += timedelta(days=1)
        return morning.replace(hour=9, minute=self._rng.randint(0, 50))

    def _add(self, role: Role, text: str, author: str | None, minutes: tuple[int, int] = (1, 5)) -> None:
        if self._turns:
            self._now += timedelta(minutes=self._rng.randint(*minutes), seconds=self._rng.randint(0, 59))
        if role is Role.AGENT:
            text = _by_the_clock(text, self._now)
        self._turns.append(Turn(role=role, text=text, author=author, at=self._now.isoformat()))

    def _order_told(self) -> bool:
        return any(self._customer.order in turn.text for turn in self._turns)

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

    def _line(self, key: str) -> str:
        return self._rng.choice(self._material.agent_lines[key])

    def _words(self, key: str) -> str:
        return self._rng.choice(self._material.customer[key])


def _by_the_clock(text: str, now: datetime) -> str:
    """A good morning is one until noon."""
    if now.hour < _NOON:
        return text
    part = "afternoon" if now.hour < _DESK_CLOSES else "evening"
    return _GOOD_MORNING.sub(lambda said: f"Good {part}" if said.group() != "Morning" else part.capitalize(), text)
