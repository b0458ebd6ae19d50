"""The figures of talk reckoned slowly and plainly, event by event: what the statements in SQL have to give."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

HOURS_72 = 72 * 3600


@dataclass(frozen=True)
class Step:
    """Something that happened in a conversation, so many seconds after the first of them."""

    at: int
    who: str  # customer, agent, bot, asked, closed, rated
    name: str | None = None
    helped: int | None = None


def cut(steps):
    """The episodes of a conversation, each a list of its steps."""
    found, before = [[]], None
    for step in steps:
        back = before is not None and before.who in {"bot", "closed"} and step.at - before.at >= HOURS_72
        if back and step.who in {"customer", "asked"}:
            found.append([])
        found[-1].append(step)
        before = step
    return found


def observed(steps, now, others=(), rating=None):
    """(figure, at, agent, value) of one conversation; ``others`` are when the same visitor began another one."""
    yield from _rated(steps, rating)
    steps = [step for step in steps if step.who != "rated"]
    yield from _replies(steps)
    after = {id(one): other.at for one, other in pairwise(steps)}
    for part in cut(steps):
        began = next((step.at for step in part if step.who == "customer"), None)
        asked = next((step for step in part if step.who == "asked"), None)
        if asked is not None:
            later = part[part.index(asked) :]
            person = next((step for step in later if step.who == "agent"), None)
            if person is not None:
                yield "first_person", person.at, person.name, person.at - asked.at
        if began is None:
            continue
        first = next((step for step in part if step.who in {"agent", "bot"}), None)
        if first is not None:
            yield "first_any", first.at, first.name, max(0, first.at - began)
        people = [step for step in part if step.who == "agent"]
        shut = [s.at for s in part if s.who == "closed" and after.get(id(s), now) - s.at >= HOURS_72]
        if shut and shut[-1] >= began:
            yield "resolution", shut[-1], people[-1].name if people else None, shut[-1] - began
        last = part[-1].at
        if now - last >= HOURS_72:
            spoke = [step for step in part if step.who in {"customer", "bot"}]
            answer = spoke[-1] if spoke[-1].who == "bot" else None
            back = any(last < other <= last + HOURS_72 for other in others)
            held = answer is not None and asked is None and not people
            held = held and (answer.helped == 1 or (not answer.helped and not back))
            yield "automation", began, None, int(held)


def _rated(steps, rating):
    for figure, who in (("rated", "closed"), ("csat", "rated")):
        last = max((at for at, step in enumerate(steps) if step.who == who), default=None)
        if last is not None and (figure == "rated" or rating is not None):
            people = [step.name for step in steps[:last] if step.who == "agent"]
            value = rating is not None if figure == "rated" else rating >= 4
            yield figure, steps[last].at, people[-1] if people else None, int(value)


def _replies(steps):
    waited = None
    for step in steps:
        if step.who == "customer":
            waited = step.at if waited is None else waited
        elif step.who in {"agent", "bot", "closed"}:
            if step.who == "agent" and waited is not None:
                yield "reply", step.at, step.name, step.at - waited
            waited = None


def told(rows, since, until, agent=None):
    """By figure: how many, the sum, the median and the ninth decile, by nearest rank; of one person or of all."""
    values = defaultdict(list)
    for figure, at, name, value in rows:
        if since <= at < until and (agent in {None, name} or figure == "automation"):
            values[figure].append(value)
    return {name: _summary(sorted(found)) for name, found in values.items()}


def _summary(values):
    n = len(values)
    return n, sum(values), values[-(-n // 2) - 1], values[-(-9 * n // 10) - 1]
