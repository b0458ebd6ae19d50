"""What ``/metrics`` tells of webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class WebhookMetrics:
    """The instruments of one server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.tries = Counter(
            "understudy_webhook_tries",
            "Tries to deliver a webhook, by the state that the delivery was in afterwards",
            ("state",),
            registry=registry,
        )
        self.pending = Gauge("understudy_webhook_pending", "Webhook deliveries that wait", registry=registry)
        self.lag = Gauge(
            "understudy_webhook_lag_seconds", "Since when the oldest webhook delivery waits", registry=registry
        )
