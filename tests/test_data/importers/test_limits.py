"""What is too long, too deep, too wide or too slow is a told row, takes no memory, and the rest comes in."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from data.importers import REGISTRY, streams
from data.importers.importer import Broken, Found, ImportOptions
from data.importers.limits import Limits
from data.importers.tables import records
from data.importers.tables.gathered import Row, gathering
from data.intake import Accepted, take
from data.transcripts import Role, Turn

HEAD = "id,role,text\n"
LIMITS = Limits(
    line_bytes=100_000, cell_characters=10_000, columns=50, turns=20, values=2_000, article_characters=5_000
)


def turns(count: int = 2, text: str = "It is broken") -> list[dict[str, str]]:
    return [{"role": "customer" if n % 2 == 0 else "agent", "text": f"{text} {n}"} for n in range(count)]


def line(name: str, count: int = 2, **more: object) -> str:
    return json.dumps({"id": name, "turns": turns(count, f"{name} is broken"), **more}) + "\n"


def told(path: Path, text: str | bytes, limits: Limits = LIMITS) -> tuple[list[str], list[Broken]]:
    """The ids that come in from a file of this text, and what is told of it."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rows = list(take([path], options=ImportOptions(limits=limits)))
    broken = [row for row in rows if isinstance(row, Broken)]
    return [getattr(row.item, "id", "article") for row in rows if isinstance(row, Accepted)], broken


def pair(name: str) -> str:
    return f"{name},customer,Where is {name}?\n{name},agent,{name} is here\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"x,customer,{'a' * 20_000}\n", "column 3 is 20,000 characters"),
        (f"x,customer,{'a' * 200_000}\n", "the line is 0.2 MB"),
        (f"x,customer{',a' * 100}\n", "the row has 102 columns"),
        ("x" * 1000 + ",customer,Hello\n" + "x" * 1000 + ",agent,Hello\n", "id is 1,000 characters"),
        ("".join(f"x,{role},Text {n}\n" for n in range(20) for role in ("customer", "agent")), "40 turns"),
        ('x,customer,"Never closed\n', "never closes"),
    ],
)
def test_a_table_goes_on_after_a_limit(tmp_path, row, words):
    ids, broken = told(tmp_path / "a.csv", HEAD + pair("one") + row + pair("two"))
    assert ids == ["one", "two"]
    assert len(broken) == 1
    assert words in broken[0].message
    assert broken[0].line == 4
    assert str(broken[0]).endswith(".")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (line("x", 30), "30 turns; at most 20"),
        (line("x", note="a" * 200_000), "the line is 0.2 MB"),
        ("[" * 4_000 + "\n", "more than 50 times"),
        (line("x", note=json.loads("[" * 60 + "]" * 60)), "more than 50 times"),
        (line("x", note=[{}] * 4000), "more than 2,000 values"),
        (line("x" * 500), "id is 500 characters"),
        (line("x", source="s" * 300), "source is 300 characters"),
        (json.dumps({"id": "x", "turns": [{"role": "r" * 5000, "text": "a"}]}) + "\n", "expected role"),
    ],
)
def test_lines_go_on_after_a_limit(tmp_path, row, words):
    ids, broken = told(tmp_path / "a.jsonl", line("one") + row + line("two"))
    assert ids == ["one", "two"]
    assert len(broken) == 1
    assert words in broken[0].message
    assert broken[0].line == 2
    assert len(str(broken[0])) < 1000


def test_an_article_is_a_page(tmp_path):
    (tmp_path / "book.md").write_text("# Book\n" + "A sentence.\n" * 1000)
    (tmp_path / "page.md").write_text("# Page\nA sentence.\n")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    rows = list(take([tmp_path], options=ImportOptions(limits=LIMITS)))
    assert [type(row) for row in rows] == [Broken, Accepted]
    assert "longer than 5,000 characters" in str(rows[0])


@pytest.mark.parametrize("inside", [b"x" * 100_000, b"\n" * 10_000, b'{"id":1}\n' * 1_000])
def test_a_gzip_bomb_is_left_where_it_swells(tmp_path, monkeypatch, inside):
    monkeypatch.setattr(streams, "_UNPACKED", 500_000)
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb") as file:
        file.write(line("one").encode())
        for _ in range(1_000_000 // len(inside)):
            file.write(inside)
    *_, last = REGISTRY["jsonl"].read(path, ImportOptions(limits=Limits(ratio=2)))
    assert isinstance(last, Broken)
    assert "swollen" in last.message
    assert last.line is not None


def test_a_file_has_so_much_time(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.jsonl"
    first.write_text(HEAD + "".join(pair(str(n)) for n in range(100)))
    second.write_text(line("one"))
    options = ImportOptions(limits=Limits(seconds=1e-9))
    rows = list(take([first, second], options=options))
    assert [type(row) for row in rows] == [Broken, Broken]
    assert all("UNDERSTUDY_IMPORT_SECONDS" in str(row) for row in rows)


def test_rows_that_all_open_a_quote_cost_no_square(tmp_path, monkeypatch):
    # Each line closes the quote before and opens the next, so that every row reaches to the end.
    count = 30_000
    path = tmp_path / "a.csv"
    path.write_text(HEAD + pair("one") + 'x","""y\n' * count)
    lines = 0

    taken = records._Feed._line

    def counting(self):
        nonlocal lines
        lines += 1
        return taken(self)

    monkeypatch.setattr(records._Feed, "_line", counting)
    rows = list(REGISTRY["csv"].read(path, ImportOptions(limits=LIMITS)))
    assert any("left out" in str(row) for row in rows)
    assert [row.item.id for row in rows if isinstance(row, Found)] == ["one"]
    assert lines < 8 * count


def test_an_unclosed_quote_takes_no_memory(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write(HEAD + pair("one") + 'x,customer,"Never closed\n')
        file.write("a\n" * 120_000)
    tracemalloc.start()
    rows = sum(1 for _ in REGISTRY["csv"].read(path, ImportOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows > 100_000
    assert peak < 40_000_000


MUCH = 300_000
TURNS = '"turns": [{"role": "customer", "text": "Where?"}, {"role": "agent", "text": "Here"'


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("a.csv", HEAD, f"%d{'0' * MUCH},customer,Where?\n"),
        ("a.csv", HEAD, f"%d{'0' * MUCH},customer,Where?\nx,agent,Here\n"),
        ("a.csv", "at," + HEAD, f"{'1' * MUCH},x,customer,Where %d?\n"),
        ("a.jsonl", "", f'{{"id": "%d", {TURNS}, "{"k" * MUCH}%d": 1}}]}}\n'),
        ("a.jsonl", "", f'{{"id": "%d", "{"k" * MUCH}%d": 1, {TURNS}}}]}}\n'),
    ],
)
def test_what_is_long_in_every_row_is_not_kept(tmp_path, name, head, row):
    path = tmp_path / name
    with path.open("w") as file:
        file.write(head)
        for number in range(101, 151):  # 15 MB
            file.write(row.replace("%d", f"{number:015}"))
    tracemalloc.start()
    for _ in REGISTRY[path.suffix[1:]].read(path, ImportOptions()):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 7_000_000


def test_values_in_a_text_are_none(tmp_path):
    said = "[{, " * 5_000
    ids, broken = told(tmp_path / "a.jsonl", line("one", note=said) + line("two", note=f'"{said}\\'))
    assert (ids, broken) == (["one", "two"], [])


def test_what_is_too_intricate_is_not_even_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("[" + ("[" * 40 + "]" * 40 + ",") * 50_000 + "0]\n")
    tracemalloc.start()
    rows = list(REGISTRY["jsonl"].read(path, ImportOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "more than 100,000 values" in str(rows[0])
    assert peak < 40_000_000


def part(group, line, text):
    return Row(group, group, line, (Turn(Role.CUSTOMER, text),))


def test_groups_come_in_the_order_of_their_first_rows_and_are_each_looked_up():
    with gathering() as gathered:
        for number in range(3000):
            gathered.add(part(f"c{number % 1000}", number, f"{number}"))
        groups = list(gathered.groups())
        assert [group.first for group in groups] == list(range(1000))
        rows = gathered.rows(groups[7])
        assert [(row.line, row.turns[0].text) for row in rows] == [(7, "7"), (1007, "1007"), (2007, "2007")]
        plan = gathered._database.execute("EXPLAIN QUERY PLAN SELECT body FROM part WHERE conversation = 'a'")
        assert "USING INDEX" in plan.fetchone()[3]


def test_a_full_folder_for_temporary_files_is_an_os_error():
    def fill() -> None:
        with gathering() as gathered:
            gathered._database.execute("PRAGMA max_page_count=4")
            for number in range(10_000):
                gathered.add(part("c", number, "x" * 100))

    with pytest.raises(OSError, match="TMPDIR"):
        fill()
