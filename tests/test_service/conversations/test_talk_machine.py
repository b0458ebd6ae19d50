"""The log under any order of events, on both databases, through the Python reducer and the widget's own."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.test_service.conversations.talk_acts import with_tables
from tests.test_service.conversations.talk_machine import TalkMachine
from tests.test_service.conversations.widget_reducer import widget_reducer
from tests.test_service.doubles import ticking

SHORT = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@pytest.fixture(scope="module")
def widget():
    with widget_reducer() as reducer:
        yield reducer


def test_any_order_of_events(database_url, widget):
    asyncio.run(with_tables(database_url))
    around = ticking()
    run_state_machine_as_test(lambda: TalkMachine(database_url, around, widget), settings=SHORT)
