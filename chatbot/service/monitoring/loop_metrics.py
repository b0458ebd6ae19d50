"""The server's loops for ``/metrics``: whether each is well, how long it was quiet, how often it was begun again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from chatbot.service.background.loops import Loops


class LoopMetrics(Collector):
    """Tells of the loops when it is asked."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops

    def describe(self) -> list[Metric]:
        """Nothing beforehand: what there is shows when it is collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Three metrics, labelled by the loop's name."""
        well = GaugeMetricFamily("understudy_loop_well", "1 while a background loop is well", labels=("loop",))
        quiet = GaugeMetricFamily(
            "understudy_loop_quiet_seconds", "Seconds since a background loop gave a sign of life", labels=("loop",)
        )
        again = CounterMetricFamily(
            "understudy_loop_restarts", "Background loops begun again after they ended", labels=("loop",)
        )
        for heart in self._loops.hearts:
            well.add_metric((heart.name,), float(heart.trouble is None))
            quiet.add_metric((heart.name,), heart.age)
            again.add_metric((heart.name,), heart.restarts)
        yield from (well, quiet, again)
