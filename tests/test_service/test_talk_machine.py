"""The log under any order of events, on both databases, through the Python reducer and the widget's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.test_service.doubles import ticking
from tests.test_service.talk_machine import TalkMachine

SCRIPT = Path(__file__).resolve().parents[1] / "test_web/js/reducing.mjs"
SHORT = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@pytest.fixture(scope="module")
def node():
    """The widget's reducer in a process of its own; None where there is no Node."""
    program = shutil.which("node")
    if program is None:
        yield None
        return
    with subprocess.Popen([program, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


def test_any_order_of_events(database_url, node):
    around = ticking()
    run_state_machine_as_test(lambda: TalkMachine(database_url, around, node), settings=SHORT)
