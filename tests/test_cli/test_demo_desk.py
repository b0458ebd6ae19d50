"""The acts of the sample shop's queue are known; tests/test_web/test_console_demo.py holds them."""

from __future__ import annotations

import json

from data.sample import QUEUE

KNOWN = {
    "customer": {"says", "asks_for_a_person", "leaves", "rates"},
    "Maren": {"claim", "tag", "replies", "notes", "snooze", "done"},
    "Tomek": {"claim", "tag", "replies", "notes", "snooze", "done"},
}


def test_the_queue_is_what_its_reader_knows():
    held = [json.loads(line) for line in QUEUE.read_text("utf-8").splitlines()]
    assert len(held) == 12
    assert all(acts[0][:2] == ["customer", "says"] for acts in held)
    assert [(who, what) for acts in held for who, what, *_ in acts if what not in KNOWN[who]] == []
