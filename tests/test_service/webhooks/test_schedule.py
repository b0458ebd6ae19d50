"""What becomes of a delivery and its webhook after a try."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chatbot.clock import real_clock
from chatbot.service.webhooks.schedule import Attempt, settle
from chatbot.storage.tables.webhooks import WebhookDeliveryRow, WebhookRow

DAY = timedelta(days=1)


class Desk:
    """One webhook and one delivery, tried at times that a test sets."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self.clock = replace(real_clock(), now=lambda: self.now, chance=lambda: 0.5)
        self.webhook = WebhookRow(on=True, failures=0, slowed=0)
        self.row = self.delivery()

    def delivery(self):
        return WebhookDeliveryRow(state="pending", failures=0, tries=[], next_at=self.now)

    def answers(self, status=None, *, row=None, **headers):
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        attempt = Attempt(self.now, 5, status, None if status else "no such host", headers=said)
        return settle(row or self.row, self.webhook, attempt, self.clock)

    def wait(self):
        return self.row.next_at - self.now


def test_ten_tries_over_three_days_and_then_it_is_given_up():
    desk, waits, begun = Desk(), [], None
    begun = desk.now
    while desk.row.state == "pending":
        desk.answers(500)
        waits.append(desk.wait().total_seconds())
        desk.now = max(desk.now, desk.row.next_at)
    hours = [2, 5, 10, 14, 20, 24]
    assert waits[:-1] == [5, 300, 1800, *(3600 * each for each in hours)]
    assert len(desk.row.tries) == 10
    assert 3 * DAY < desk.now - begun < 4 * DAY
    assert (desk.row.state, desk.row.settled_at) == ("failed", desk.now)
    assert desk.webhook.on


@pytest.mark.parametrize(("chance", "least"), [(0.0, 0.8), (1.0, 1.2)])
def test_waits_are_spread(chance, least):
    desk = Desk()
    desk.clock = replace(desk.clock, chance=lambda: chance)
    desk.answers(500)
    assert desk.wait() == timedelta(seconds=5 * least)


@pytest.mark.parametrize("status", [200, 204, 299])
def test_two_hundreds_are_taken(status):
    desk = Desk()
    desk.answers()
    desk.answers(status)
    assert (desk.row.state, desk.webhook.failures, desk.webhook.failing_since) == ("delivered", 0, None)


@pytest.mark.parametrize("status", [199, 301, 302, 304, 400, 404, 500])
def test_nothing_else_is(status):
    desk = Desk()
    desk.answers(status)
    assert (desk.row.state, desk.webhook.failures) == ("pending", 1)


def test_gone_ends_both_at_once():
    desk = Desk()
    assert desk.answers(410).off
    assert (desk.row.state, desk.webhook.on, desk.webhook.off_because) == ("failed", False, "it answered 410 Gone")


def test_who_asks_for_less_gets_less():
    desk = Desk()
    for status, seconds in ((429, 1), (502, 2), (504, 4)):
        desk.answers(status)
        assert desk.webhook.not_before - desk.now == timedelta(seconds=seconds)
    for _ in range(20):
        desk.answers(429, row=desk.delivery())
    assert desk.webhook.not_before - desk.now == timedelta(minutes=5)
    desk.answers(200)
    assert desk.webhook.not_before is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("60", 60), ("0", 5), ("99999999999999999999", 86400), ("soon", 5), ("-5", 5), ("\u0665", 5), ("1e9", 5)],
)
def test_retry_after_is_obeyed_within_a_day(said, seconds):
    desk = Desk()
    desk.answers(503, retry_after=said)
    assert desk.wait().total_seconds() == seconds


def test_retry_after_may_be_a_date():
    desk = Desk()
    desk.answers(429, retry_after=format_datetime(desk.now + timedelta(minutes=7), usegmt=True))
    assert desk.wait() == timedelta(minutes=7)
    assert desk.webhook.not_before == desk.now + timedelta(minutes=7)
    desk.answers(429, retry_after="Fri, 31 Dec 9999 23:59:59 GMT")
    assert desk.wait() == DAY
    assert desk.webhook.not_before - desk.now == timedelta(hours=1)  # one answer does not stop the others for a day


def test_a_warning_before_it_is_switched_off_after_five_days():
    desk, said = Desk(), []
    for hour in range(24 * 6):
        outcome = desk.answers(500, row=desk.delivery())
        if outcome.warn or outcome.off:
            said.append((hour, "off" if outcome.off else "warn"))
        if outcome.off:
            break
        desk.now += timedelta(hours=1)
    assert said == [(9, "warn"), (120, "off")]
    assert desk.webhook.off_because == "it failed for five days"


def test_one_that_works_in_between_is_not_switched_off():
    desk = Desk()
    for hour in range(24 * 8):
        assert not desk.answers(200 if hour % 24 == 0 else 500, row=desk.delivery()).off
        desk.now += timedelta(hours=1)
    assert desk.webhook.on


def test_what_waits_need_not_once_one_that_was_away_is_back():
    desk = Desk()
    desk.answers()
    desk.now += timedelta(seconds=5)
    assert not desk.answers(200).caught_up  # a hiccup
    desk.answers(row=desk.delivery())
    desk.now += timedelta(hours=2)
    assert desk.answers(200, row=desk.delivery()).caught_up
