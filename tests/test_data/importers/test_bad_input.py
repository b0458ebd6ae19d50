"""Whatever is wrong with a file: a clear sentence with its line, and the other rows still come in."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY, UnknownFormatError, detect, sources
from data.importers.importer import Broken, Found, ImportOptions
from data.importers.limits import Limits


def row(number: int, text: str = "It is broken") -> bytes:
    turns = [{"role": "customer", "text": text}, {"role": "agent", "text": "Restart it"}]
    return json.dumps({"id": f"c{number}", "turns": turns}).encode() + b"\n"


def read(path: Path, name: str = "jsonl", **options) -> tuple[list[Found], list[Broken]]:
    rows = list(REGISTRY[name].read(path, ImportOptions(**options)))
    return [r for r in rows if isinstance(r, Found)], [r for r in rows if isinstance(r, Broken)]


def test_good_lines_around_bad_ones_come_in(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        row(1)
        + b'{"id": "c2"\n'
        + b'{"id": "c3"}\n'
        + b'{"id": "c4", "turns": []}\n'
        + b'{"id": "c5", "turns": [{"role": "boss", "text": "x"}]}\n'
        + b"[1, 2]\n"
        + b'{"id": "c7", "turns": [{"role": ["x"], "text": NaN}]}\n'
        + b"\n"
        + row(9)
    )
    found, broken = read(path)
    assert [(f.line, f.item.id) for f in found] == [(1, "c1"), (9, "c9")]
    assert [b.line for b in broken] == [2, 3, 4, 5, 6, 7]
    assert "not JSON" in broken[0].message
    assert '"turns"' in broken[1].message
    assert "boss" in broken[3].message
    assert str(broken[0]).startswith(f"{path}:2: ")


def test_missing_file(tmp_path):
    _, broken = read(tmp_path / "none.jsonl")
    assert len(broken) == 1
    assert "no such file" in broken[0].message


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.md"])
def test_empty_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    _, broken = read(path, detect(path))
    assert len(broken) == 1
    assert "empty" in broken[0].message


def test_blank_lines_only(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n \n")
    assert "blank" in read(path)[1][0].message


def test_empty_gzip(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    assert "empty" in read(path)[1][0].message


def test_latin1_names_line_and_byte(tmp_path):
    path = tmp_path / "a.jsonl"
    bad = '{"id": "é", "turns": []}\n'.encode("latin-1")
    path.write_bytes(row(1) + bad + row(3))
    found, broken = read(path)
    assert len(found) == 2
    assert broken[0].line == 2
    assert "0xe9 at position 9" in broken[0].message
    assert "iconv" in broken[0].message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_told_once(tmp_path, encoding):
    path = tmp_path / "a.jsonl"
    path.write_bytes((row(1).decode() * 5).encode(encoding))
    found, broken = read(path, detect(path))
    assert not found
    assert len(broken) == 1
    assert broken[0].line == 1
    assert "UTF-16" in broken[0].message
    assert "0x" in broken[0].message


def test_utf8_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + row(1))
    assert read(path)[0][0].item.id == "c1"
    path.write_bytes(b"\xef\xbb\xbfquestion,answer\nWhy?,So.\n")
    assert len(read(path, "csv")[0]) == 1


def test_truncated_gzip_gives_the_rows_before_the_cut(tmp_path):
    import random

    noise = random.Random(0)
    whole = gzip.compress(b"".join(row(n, f"{noise.random()}" * 20) for n in range(500)))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    found, broken = read(path)
    assert 50 < len(found) < 450
    assert len(broken) == 1
    assert broken[0].line == len(found) + 1
    assert "ends too early" in broken[0].message


def test_damaged_gzip(tmp_path):
    whole = bytearray(gzip.compress(b"".join(row(n) for n in range(50))))
    whole[-6] ^= 0xFF  # the checksum
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(bytes(whole))
    found, broken = read(path)
    assert len(found) == 50
    assert "damaged" in broken[0].message


def test_not_a_gzip(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(row(1))
    _, broken = read(path)
    assert "not a gzip" in broken[0].message


def test_gzip_without_the_ending_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(row(1)))
    assert len(read(path)[0]) == 1


def test_zip_archive_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04rest")
    assert "ZIP" in read(path, "csv")[1][0].message


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_a_50_mb_line_is_skipped_without_being_held(tmp_path, ending):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(row(1))
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(ending)
        if ending:
            file.write(row(3))
    tracemalloc.start()
    found, broken = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [f.line for f in found] == ([1, 3] if ending else [1])
    assert broken[0].line == 2
    assert "50.0 MB" in broken[0].message
    assert peak < 3 * Limits().line_bytes


def test_a_pipe_cannot_be_read_twice(tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    (broken,) = read(tmp_path / "a.jsonl")[1]
    assert "Save it as a file" in broken.message


def test_folder_without_articles(tmp_path):
    _, broken = read(tmp_path, "articles")
    assert "no articles" in broken[0].message
    with pytest.raises(UnknownFormatError, match="no articles"):
        detect(tmp_path)


def test_unknown_format_lists_the_known_ones():
    with pytest.raises(UnknownFormatError, match=r"jsonl .*csv .*articles "):
        detect(Path("tickets.docx"))
    with pytest.raises(UnknownFormatError, match="jsonl"):
        sources(Path("tickets.docx"), "remedy")


def test_a_folder_stands_for_what_lies_in_it(tmp_path):
    (tmp_path / "b.csv").write_text("question,answer\n")
    (tmp_path / "a.jsonl").write_bytes(row(1))
    assert [name for name, _ in sources(tmp_path)] == ["jsonl", "csv"]
    (tmp_path / "help.md").write_text("# Help\ntext")
    assert [name for name, _ in sources(tmp_path)] == ["articles", "jsonl", "csv"]


def test_lone_surrogates_and_nul_are_replaced(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "1", "turns": [{"role": "agent", "text": "a\\ud800b\\u0000c \\ud83d\\ude00"}]}\n')
    text = read(path)[0][0].item.turns[0].text
    assert text == "a\ufffdbc 😀"
    text.encode()


def test_deep_nesting_and_endless_numbers(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"[" * 200_000 + b"\n" + b"9" * 10_000 + b"\n" + row(3))
    found, broken = read(path)
    assert [f.line for f in found] == [3]
    assert [b.line for b in broken] == [1, 2]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), name=st.sampled_from(["jsonl", "csv", "articles"]), packed=st.booleans())
def test_no_importer_ever_raises(tmp_path, content, name, packed):
    path = tmp_path / "any.md"
    path.write_bytes(gzip.compress(content) if packed else content)
    for found in read(path, name)[0]:
        assert found.line >= 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(alphabet='",;\n\r\tab| ', max_size=200))
def test_no_table_ever_raises(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(b"id,role,text\n" + content.encode())
    read(path, "csv")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "turns", "role", "text", "slug", "title", "labels"]), inner)
        ),
    )
)
def test_any_json_is_found_or_broken(tmp_path, value):
    path = tmp_path / "any.jsonl"
    path.write_bytes(json.dumps(value).encode() + b"\n" + row(2))
    found, broken = read(path)
    assert len(found) + len(broken) == 2
