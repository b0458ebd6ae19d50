"""The Prometheus metrics of a server, which ``/metrics`` shows."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chatbot.dialogue.timing import STEPS

_STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
_ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The instruments of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "understudy_requests", "HTTP requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "understudy_request_seconds",
            "Time to the first byte of a response",
            ("method", "route"),
            registry=self.registry,
        )
        self.streams = Gauge("understudy_streams", "Event streams open now", registry=self.registry)
        self.waiting = Gauge(
            "understudy_answers_waiting", "Conversations that wait for the bot", registry=self.registry
        )
        self.unreviewed = Gauge(
            "understudy_conversations_unreviewed",
            "Live conversations whose answers wait for a person's judgement",
            registry=self.registry,
        )
        self.answers = Counter(
            "understudy_answers", "Answers by what became of them", ("decision",), registry=self.registry
        )
        self.answer_seconds = Histogram(
            "understudy_answer_seconds", "Time to make one answer", buckets=_ANSWER_BUCKETS, registry=self.registry
        )

        self.step_seconds = Histogram(
            "understudy_step_seconds",
            "Time that one answer spent in each step: read, recall, write, check, rank, decide",
            ("step",),
            buckets=_STEP_BUCKETS,
            registry=self.registry,
        )
        for step in STEPS:
            self.step_seconds.labels(step)

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
