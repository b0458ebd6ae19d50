from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import NextToken
from chatbot.engine.step import Counts
from chatbot.service.monitoring.engine_metrics import EngineMetrics


class Still:
    """A runner that nothing is run on."""

    token_bytes, context_tokens, vocabulary = 4, 100, 9


def test_what_the_serving_engine_does_is_told_and_nothing_without_one():
    registry, serving = CollectorRegistry(), [None]
    registry.register(EngineMetrics(lambda: serving[0]))
    assert generate_latest(registry) == b""
    serving[0] = Engine(Still())
    serving[0].submit(NextToken([1, 2]), lambda _: None)
    serving[0].counts = Counts(read=12, written=3, accepted=2, steps=4)
    told = generate_latest(registry).decode()
    for line in (
        "understudy_engine_waiting 1.0",
        "understudy_engine_running 0.0",
        'understudy_engine_tokens_total{what="read"} 12.0',
        'understudy_engine_tokens_total{what="accepted"} 2.0',
        "understudy_engine_steps_total 4.0",
    ):
        assert line in told
