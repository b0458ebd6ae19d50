"""The engine's counts for ``/metrics``, read when they are asked for: a step of the engine costs nothing more."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import Metric

    from chatbot.engine.engine import Engine


class EngineMetrics(Collector):
    """Tells of the engine that serves at the moment; of none where no model does."""

    def __init__(self, serving: Callable[[], Engine | None]) -> None:
        self._serving = serving

    def describe(self) -> list[Metric]:
        """Nothing beforehand: what there is shows when it is collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Who waits, who runs, how fast it goes, and what was done since the version was loaded."""
        engine = self._serving()
        if engine is None:
            return
        yield _gauge("understudy_engine_waiting", "Requests that wait for the model", engine.waiting)
        yield _gauge("understudy_engine_running", "Requests that the model works on", engine.running)
        yield _gauge(
            "understudy_engine_tokens_a_second", "Tokens run a second of work, smoothed", engine.tokens_a_second
        )
        tokens = CounterMetricFamily("understudy_engine_tokens", "Tokens by what became of them", labels=("what",))
        for what, count in asdict(engine.counts).items():
            if what != "steps":
                tokens.add_metric((what,), count)
        yield tokens
        yield CounterMetricFamily("understudy_engine_steps", "Steps of the engine", value=engine.counts.steps)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
