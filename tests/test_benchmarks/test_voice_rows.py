"""Rows: computed once, also over a kill in the middle of a line."""

from __future__ import annotations

from voice_rows import Rows


def test_a_row_is_computed_once_and_survives_a_kill(tmp_path) -> None:
    path, asked = tmp_path / "rows.jsonl", []

    def compute() -> dict[str, float]:
        asked.append(1)
        return {"a": 1.5}

    rows = Rows(path)
    assert rows.get("one", compute) == rows.get("one", compute) == {"a": 1.5}
    with path.open("a", encoding="utf-8") as file:
        file.write('\n{"key": "two", "row"')
    again = Rows(path)
    assert again.get("one", compute) == {"a": 1.5}
    assert again.get("two", compute) == {"a": 1.5}
    assert len(asked) == 2
    assert Rows(path).get("two", compute) == {"a": 1.5}
    assert len(asked) == 2
