"""Whatever an export holds: what can be read comes in, the rest is told, nothing raises and memory stays small."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY, UnknownFormatError, detect
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.limits import Limits
from data.importers.recognise import HELPDESKS
from data.intake import take

EXPORTS = sorted((Path(__file__).parent / "exports").iterdir())
ODD = [None, True, 0, -1, 1.5e300, 10**30, "", " ", "\ud800\x00", [], {}, [[]], [None], {"": None}, "<p>", "9" * 500]
ASKED = {"agent_value": "Ben Carter"}


def read(path: Path, name: str | None = None, limits: Limits | None = None) -> list[Found | Broken | Told]:
    options = ImportOptions(columns=ASKED, limits=limits or Limits())
    return list(REGISTRY[name or detect(path)].read(path, options))


def broken(rows: list[Found | Broken | Told]) -> list[str]:
    return [str(row) for row in rows if isinstance(row, Broken)]


def ids(rows: list[Found | Broken | Told]) -> list[str]:
    return [row.item.id for row in rows if isinstance(row, Found)]


def mutated(value: object, chance: random.Random, odds: float) -> object:
    """The same with odd values, keys gone and lists shuffled here and there."""
    if chance.random() < odds:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: mutated(one, chance, odds) for key, one in value.items() if chance.random() > odds / 4}
    if isinstance(value, list):
        return [mutated(one, chance, odds) for one in chance.sample(value, len(value))]
    return value


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), odds=st.sampled_from([0.02, 0.1, 0.3]))
def test_odd_values_are_told_or_read(tmp_path, path, seed, odds):
    chance = random.Random(seed)
    text = path.read_text()
    odd = tmp_path / "odd.json"
    if path.suffix == ".json":
        odd.write_text(json.dumps(mutated(json.loads(text), chance, odds)))
    elif path.suffix in {".jsonl", ".ndjson"}:
        odd.write_text("\n".join(json.dumps(mutated(json.loads(line), chance, odds)) for line in text.splitlines()))
    else:
        cut = [line for line in text.splitlines(keepends=True) if chance.random() > odds]
        odd.write_text("".join(cut))
    for name in HELPDESKS:
        if HELPDESKS[name].title.split()[0].casefold() in path.name.replace("_", " ") or seed % 5 == 0:
            read(odd, name)
    list(take([odd], options=ImportOptions(columns=ASKED)))


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_are_told_or_read(tmp_path, path, data):
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    for name, packed in (("a.json", cut), ("a.txt.gz", gzip.compress(cut)[: data.draw(st.integers(1, 2000))])):
        (tmp_path / name).write_bytes(packed)
        list(take([tmp_path / name], options=ImportOptions(columns=ASKED)))


def ticket(number: object, text: str = "Where is it?") -> dict[str, object]:
    comments = [
        {"id": 1, "author_id": 5, "body": text, "public": True, "created_at": "2025-03-01T09:00:00Z"},
        {"id": 2, "author_id": 7, "body": "Here.", "public": True, "created_at": "2025-03-01T09:01:00Z"},
    ]
    return {"id": number, "url": "x", "requester_id": 5, "status": "open", "comments": comments}


def page(*tickets: object) -> str:
    return json.dumps({"count": 1, "tickets": tickets, "next_page": None})


@pytest.mark.parametrize(
    ("middle", "words"),
    [
        ({"id": 3}, "record 2 of tickets[] was left out: expected tickets with requester_id"),
        (ticket(1.5e12), "spreadsheet rounded"),
        (ticket(""), "has no id"),
        (ticket("x" * 500), "500 characters"),
        (ticket(3, "y" * 40_000), "longer than 0.0 MB"),
        ({**ticket(3), "custom_fields": [{"id": n} for n in range(300)]}, "more than 200 values"),
    ],
)
def test_a_broken_record_never_sinks_the_rest(tmp_path, middle, words):
    path = tmp_path / "a.json"
    path.write_text(page(ticket(1), middle, ticket(9)))
    rows = read(path, "zendesk", Limits(line_bytes=20_000, values=200))
    assert ids(rows) == ["1", "9"]
    assert len(broken(rows)) == 1
    assert words in broken(rows)[0]


def test_what_is_nested_too_deep_is_left_out(tmp_path):
    path = tmp_path / "a.json"
    deep = "[" * 5_000 + "]" * 5_000
    path.write_text(page(ticket(1), "DEEP", ticket(9)).replace('"DEEP"', '{"requester_id": ' + deep + "}"))
    rows = read(path, "zendesk")
    assert ids(rows) == ["1", "9"]
    assert "more than 50 times" in broken(rows)[0]


def test_a_broken_line_among_json_lines_has_its_number(tmp_path):
    path = tmp_path / "a.ndjson"
    lines = [json.dumps(ticket(1)), '{"id": 2, "url": "x', '{"id": NaN}', json.dumps(ticket(4)), "{'id': 5}"]
    path.write_text("\n".join([*lines, json.dumps(ticket(6))]))
    rows = read(path, "zendesk")
    assert ids(rows) == ["1", "4", "6"]
    assert [one.line for one in rows if isinstance(one, Broken)] == [2, 3, 5]


def test_a_cut_file_gives_what_stands_before_the_cut(tmp_path):
    path = tmp_path / "a.json"
    whole = page(ticket(1), ticket(2), ticket(3))
    path.write_text(whole[: whole.index('"id": 3')])
    rows = read(path)
    assert ids(rows) == ["1", "2"]
    assert "ends too early" in broken(rows)[0]


def test_bytes_that_are_no_utf8_cost_their_record(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(page(ticket(1), ticket(2, "caf@"), ticket(3)).encode().replace(b"caf@", b"caf\xe9"))
    rows = read(path)
    assert ids(rows) == ["1", "3"]
    assert "0xe9" in broken(rows)[0]


def test_utf16_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(page(ticket(1)).encode("utf-16"))
    assert ids(read(path)) == ["1"]


def test_xml_with_entities_is_refused(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a><helpdesk-ticket>&c;</helpdesk-ticket></a>'
    )
    assert "declares entities" in broken(read(path))[0]


def test_an_archive_that_swells_is_told(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", page(ticket(1)))
        archive.writestr("b.json", "[" + " " * 80_000_000 + "]")
    rows = read(path)
    assert "swollen" in broken(rows)[0]
    assert ids(rows) == ["1"]


@pytest.mark.parametrize("name", ["a.json", "a.zip", "a.json.gz", "a.xml", "a.txt"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x1f\x8b", b"{", b"[", b"<", b"[[[[", b"\x00", b'{"tickets":['])
def test_hardly_a_file(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with contextlib.suppress(UnknownFormatError):
        detect(path)
    for form in HELPDESKS:
        assert broken(read(path, form))


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for count in (300, 3_000):
        path = tmp_path / f"{count}.json"
        path.write_text(page(*(ticket(number, "word " * 200) for number in range(count))))
        tracemalloc.start()
        assert sum(isinstance(row, Found) for row in REGISTRY["zendesk"].read(path, ImportOptions())) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3_000_000


def test_a_chat_without_end_takes_no_memory(tmp_path):
    path = tmp_path / "chat.txt"
    with path.open("w") as file:
        for number in range(10_000):
            file.write(f"25/03/2025, 09:{number % 60:02} - Ben: Hello {number}\n")
        file.writelines("and so on\n" for _ in range(100_000))
    tracemalloc.start()
    rows = list(take([path], options=ImportOptions(columns=ASKED)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "turns" in broken(rows)[0] or "characters" in broken(rows)[0]
    assert peak < 30_000_000
