"""The console's page names every key that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_key_is_in_the_table():
    source = (ROOT / "web/console/keys.js").read_text("utf-8")
    lists = re.findall(r"^  \w+: \{ keys: \[([^\n]*)\], words", source, re.MULTILINE)
    there = {key for each in lists for key in re.findall(r'"([^"]+)"', each)}
    assert len(there) > 30
    rows = re.findall(r"^\| (.*) \|$", (ROOT / "docs/console.md").read_text("utf-8"), re.MULTILINE)
    cells = [cell for row in rows for cell in row.split(" | ")[::2]]
    assert {key for cell in cells for key in re.findall("`([^`]+)`", cell)} == there


def test_every_picture_of_the_console_is_shown_and_small():
    pictures = sorted((ROOT / "docs/images").glob("console-*"))
    page = (ROOT / "docs/console.md").read_text("utf-8")
    assert len(pictures) >= 5
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in page] == []
    assert sum(picture.stat().st_size for picture in pictures) < 500_000
