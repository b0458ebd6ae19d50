"""Who runs when: properties of the scheduler, without any model."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine.protocol import Generate, NextToken, Sampling, Score
from chatbot.engine.scheduler import Limits, Scheduler
from chatbot.engine.sequence import Sequence


def sequence(prompt=5, conversation=None, tokens=3, candidates=None):
    ids = list(range(prompt))
    if candidates is not None:
        return Sequence(Score(ids, candidates=candidates, conversation=conversation), lambda _: None, None)
    return Sequence(Generate(ids, Sampling(max_tokens=tokens), conversation=conversation), lambda _: None, None)


def run(scheduler, shares):
    """What an engine does with a plan, without a model; returns the sequences that are over."""
    over = []
    for share in shares:
        one = share.sequence
        if one.held < len(one.ids):
            one.held += share.tokens
            if one.held < len(one.ids):
                continue
            if isinstance(one.request, Generate):
                one.ids.append(7)
                if len(one.written) < one.request.sampling.max_tokens:
                    continue
            elif one.rows:
                continue
        else:
            del one.rows[:1]
            if one.rows:
                continue
        scheduler.remove(one)
        over.append(one)
    return over


WORK = st.tuples(
    st.integers(1, 90),  # prompt
    st.integers(0, 5),  # conversation
    st.integers(1, 12),  # tokens to write
    st.one_of(st.none(), st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=9), min_size=1, max_size=4)),
)
LIMITS = st.builds(
    Limits,
    step_tokens=st.integers(1, 64),
    reading_tokens=st.integers(1, 64),
    prompt_tokens=st.integers(1, 16),
    running=st.integers(1, 6),
    running_each=st.integers(1, 3),
    kept_tokens=st.integers(1, 400),
)


@settings(deadline=None)
@given(limits=LIMITS, arriving=st.lists(st.lists(WORK, max_size=5), max_size=8), leaving=st.data())
def test_none_lost_none_twice_and_empty_at_the_end(limits, arriving, leaving):
    scheduler = Scheduler(limits)
    taken, over = [], []
    steps = 0
    while arriving or scheduler.waiting or scheduler.running:
        for prompt, conversation, tokens, candidates in arriving.pop(0) if arriving else ():
            taken.append(sequence(prompt, conversation, tokens, candidates))
            scheduler.add(taken[-1])
        scheduler.admit()
        shares = scheduler.plan()
        assert len(scheduler.running) <= limits.running
        each = Counter(one.conversation for one in scheduler.running)
        assert max(each.values(), default=0) <= limits.running_each
        kept = sum(one.most for one in scheduler.running)
        assert kept <= limits.kept_tokens or len(scheduler.running) == 1
        # Every text that is being written gets on in every step; prompts together take no more than their part.
        writing = {id(one) for one in scheduler.running if one.decodes}
        assert writing <= {id(share.sequence) for share in shares}
        reading = sum(share.tokens for share in shares if id(share.sequence) not in writing)
        room = limits.step_tokens if writing else limits.reading_tokens
        assert reading <= max(room - len(writing), limits.prompt_tokens)
        assert bool(shares) == bool(scheduler.running)
        over += run(scheduler, shares)
        if leaving.draw(st.booleans()) and (there := list(scheduler)):
            gone = leaving.draw(st.sampled_from(there))
            scheduler.remove(gone)
            over.append(gone)
        steps += 1
        assert steps < 20_000
    assert sorted(map(id, over)) == sorted(map(id, taken))
    assert list(scheduler) == []


def test_conversations_take_turns_not_requests():
    scheduler = Scheduler(Limits(running=3, running_each=3))
    loud = [sequence(conversation="loud") for _ in range(10)]
    quiet = sequence(conversation="quiet")
    for one in (*loud, quiet):
        scheduler.add(one)
    assert scheduler.admit() == [loud[0], quiet, loud[1]]


def test_one_conversation_cannot_take_all_places():
    scheduler = Scheduler(Limits(running=8, running_each=2))
    loud = [sequence(conversation="loud") for _ in range(8)]
    for one in loud:
        scheduler.add(one)
    assert scheduler.admit() == loud[:2]
    late = sequence(conversation="late")
    scheduler.add(late)
    assert scheduler.admit() == [late]


def test_a_long_prompt_does_not_stall_a_running_text():
    scheduler = Scheduler(Limits(step_tokens=64))
    writing, long = sequence(prompt=4, tokens=50), sequence(prompt=500)
    scheduler.add(writing)
    scheduler.admit()
    run(scheduler, scheduler.plan())
    scheduler.add(long)
    scheduler.admit()
    for _ in range(7):
        first, second = scheduler.plan()
        assert (first.sequence, first.tokens) == (writing, 1)
        assert (second.sequence, second.tokens) == (long, 63)
        run(scheduler, [first, second])


def test_where_nobody_writes_a_prompt_is_read_in_longer_steps():
    scheduler = Scheduler(Limits(step_tokens=64, reading_tokens=300))
    long = sequence(prompt=500)
    scheduler.add(long)
    scheduler.admit()
    assert [(share.sequence, share.tokens) for share in scheduler.plan()] == [(long, 300)]


def test_a_short_request_of_another_conversation_reads_before_the_second_of_the_first():
    scheduler = Scheduler(Limits(reading_tokens=10, prompt_tokens=1))
    one, two = sequence(prompt=8, conversation="a"), sequence(prompt=8, conversation="a")
    other = sequence(prompt=2, conversation="b")
    for each in (one, two, other):
        scheduler.add(each)
    scheduler.admit()
    assert [(share.sequence, share.tokens) for share in scheduler.plan()] == [(one, 8), (other, 2)]


def test_full_is_said_before_and_removing_makes_room():
    scheduler = Scheduler(Limits(waiting=2))
    first, second = sequence(), sequence()
    scheduler.add(first)
    assert not scheduler.full
    scheduler.add(second)
    assert scheduler.full
    scheduler.remove(first)
    assert (scheduler.full, scheduler.waiting) == (False, 1)
    with pytest.raises(ValueError):
        scheduler.remove(first)


def test_what_needs_more_memory_than_there_is_runs_alone():
    scheduler = Scheduler(Limits(kept_tokens=10))
    big, small = sequence(prompt=50), sequence(prompt=2)
    scheduler.add(big)
    scheduler.add(small)
    assert scheduler.admit() == [big]
    assert scheduler.admit() == []
    scheduler.remove(big)
    assert scheduler.admit() == [small]


def test_a_look_is_a_prompt_and_nothing_else():
    one = Sequence(NextToken([1, 2, 3]), lambda _: None, None)
    assert (one.due, one.most, one.decodes) == (3, 4, False)
