"""The thread that steps, from the outside: nothing lost, nothing mixed up, whatever comes between."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import threading
import weakref

import pytest
import torch

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import BusyError, Ending, Generate, PromptTooLongError, RequestOutcome, Sampling, Score
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.scheduler import Limits
from chatbot.engine.worker import Worker
from chatbot.errors import NotReadyError
from finetune.model.weights import Weights
from tests.test_engine.conftest import CONTEXT

REPLIES = 1000


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def newer(model):
    """Another version of the model."""
    import copy

    other = copy.deepcopy(model)
    torch.manual_seed(11)
    for parameter in other.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.4)
    return other


async def _followed(hosted, request, *, leave_after):
    """The tokens of a reply; left after so many of them where that is a number."""
    written = []
    async for token in hosted.stream(request):
        written.append(token)
        if leave_after is not None and len(written) >= leave_after:
            break
    return written


async def test_a_thousand_replies_with_cancels_deadlines_and_a_swap(worker, model, newer):
    chance = random.Random(4)
    prompts = [[chance.randrange(2, 90) for _ in range(chance.randrange(1, 16))] for _ in range(12)]
    sampling = Sampling(max_tokens=10)
    alone = {}
    for version, each in (("old", model), ("new", newer)):
        for number, prompt in enumerate(prompts):
            alone[version, number] = _alone(each, Generate(prompt, sampling))
    old = worker.host(Engine(NumpyRunner(Weights.of(model), name="old"), limits=Limits(waiting=REPLIES)))
    new = worker.host(Engine(NumpyRunner(Weights.of(newer), name="new"), limits=Limits(waiting=REPLIES)))
    serving = [old]
    begun = itertools.count(1)
    ended = {"whole": 0, "late": 0, "left": 0}

    async def reply(place):
        await asyncio.sleep(chance.random() * 0.5)
        if next(begun) == REPLIES // 2:
            serving[0] = new
        hosted, number = serving[0], chance.randrange(len(prompts))
        truth = alone[hosted.engine.runner.name, number]
        seconds = chance.choice([None, None, None, 0.0, 0.05])
        leave = chance.choice([None, None, None, 0, 1, 3])
        request = Generate(prompts[number], sampling, prompts[number], conversation=place % 50, seconds=seconds)
        if leave == 0:
            task = asyncio.create_task(_followed(hosted, request, leave_after=None))
            await asyncio.sleep(chance.random() * 0.02)
            task.cancel()
            try:
                written = await task
            except asyncio.CancelledError:
                written = truth[:0]
                ended["left"] += 1
        else:
            written = await _followed(hosted, request, leave_after=leave)
            ended["whole" if written == truth else "left" if leave else "late"] += 1
        assert written == truth[: len(written)]  # nobody else's, nothing twice, nothing missing in between
        if seconds is None and leave is None:
            assert written == truth

    await asyncio.wait_for(asyncio.gather(*(reply(place) for place in range(REPLIES))), timeout=300)
    await _until_idle(old, new)
    for hosted in (old, new):
        assert (hosted.engine.waiting, hosted.engine.running) == (0, 0)
        assert hosted.engine.counts.written > 500
    assert min(ended.values()) > 20


async def _until_idle(*hosted):
    """What was left is taken out with the next step."""
    async with asyncio.timeout(20):
        while not all(each.engine.idle for each in hosted):  # noqa: ASYNC110 - an engine has no event to wait for
            await asyncio.sleep(0.005)


def _alone(model, request):
    engine, heard = Engine(NumpyRunner(Weights.of(model))), []
    engine.submit(request, heard.append)
    while not engine.idle:
        engine.step()
    return heard[:-1]


async def test_leaving_ends_the_request(worker, model):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    stream = hosted.stream(Generate([2, 3], Sampling(max_tokens=40)))
    await anext(stream)
    await stream.aclose()
    await _until_idle(hosted)
    assert hosted.engine.counts.written < 40


async def test_what_is_refused_is_refused_to_the_caller(worker, model):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model)), limits=Limits(waiting=0)))
    with pytest.raises(BusyError):
        await anext(hosted.stream(Generate([2], Sampling(max_tokens=1))))
    with pytest.raises(PromptTooLongError):
        await anext(hosted.stream(Generate([2] * CONTEXT, Sampling(max_tokens=1))))


async def test_scores_and_their_deadline(worker, model):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    assert len(await hosted.score(Score([2, 3], candidates=[[4, 5], [6]]))) == 2
    with pytest.raises(TimeoutError):
        await hosted.score(Score([2, 3], candidates=[[4, 5], [6]], seconds=0.0))


async def test_a_failure_reaches_who_asked(worker, model, monkeypatch):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    monkeypatch.setattr(NumpyRunner, "forward", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await anext(hosted.stream(Generate([2], Sampling(max_tokens=1))))


def test_threads_ask_through_clients(worker, model):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    requests = [Generate([2 + n, 3], Sampling(max_tokens=12)) for n in range(6)]
    found = {}

    def ask(place):
        found[place] = list(hosted.client().generate(requests[place]))

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(6)] == [_alone(model, request) for request in requests]


def test_an_error_in_an_engines_own_books_ends_its_requests_and_not_the_thread(worker, model, monkeypatch):
    engine, other = Engine(NumpyRunner(Weights.of(model))), Engine(NumpyRunner(Weights.of(model)))
    hosted, request = worker.host(engine), Generate([2, 3], Sampling(max_tokens=4))

    def broken():
        raise RuntimeError("the books are wrong")

    with monkeypatch.context() as patched:
        patched.setattr(engine._scheduler, "plan", broken)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="the books are wrong"):
                list(hosted.client().generate(request))
    assert worker.alive
    assert engine.idle
    expected = _alone(model, request)
    assert list(worker.host(other).client().generate(request)) == expected
    assert list(hosted.client().generate(request)) == expected


def test_stopping_ends_what_runs(model):
    worker = Worker()
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    heard = []
    begun, go_on = threading.Event(), threading.Event()

    def listen(event):
        heard.append(event)
        begun.set()
        go_on.wait(20)

    hosted.submit(Generate([2, 3], Sampling(max_tokens=40)), listen)
    assert begun.wait(20)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    go_on.set()
    stopper.join(20)
    assert not stopper.is_alive()
    assert heard[-1] in (RequestOutcome(Ending.CANCELLED), RequestOutcome(Ending.LENGTH))
    with pytest.raises(NotReadyError):
        hosted.submit(Generate([2], Sampling()), heard.append)


def test_an_old_version_goes_when_nobody_holds_it(worker, model):
    hosted = worker.host(Engine(NumpyRunner(Weights.of(model))))
    list(hosted.client().generate(Generate([2, 3], Sampling(max_tokens=3))))
    other = worker.host(Engine(NumpyRunner(Weights.of(model))))
    gone = weakref.ref(hosted.engine)
    del hosted
    list(other.client().generate(Generate([2, 3], Sampling(max_tokens=3))))
    list(other.client().generate(Generate([2, 3], Sampling(max_tokens=3))))
    gc.collect()
    assert gone() is None
