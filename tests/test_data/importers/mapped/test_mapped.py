"""A table or JSON that nobody knows is looked into, mapped, and read with the same care as any other."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.importers import importer
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.limits import Limits
from data.importers.mapped.looking import is_strange, look
from data.importers.mapped.mapping import MappingError, Saved, check_fit, load
from data.importers.mapped.proposal import proposed

if TYPE_CHECKING:
    from pathlib import Path

GERMAN = """Fall;Wer;Was;Wann;Sichtbar
1;kunde;Wo ist mein Paket, bitte?;03.05.2026 10:00;ja
1;mitarbeiter;Es ist unterwegs und kommt morgen bei Ihnen an.;03.05.2026 10:05;ja
1;mitarbeiter;Der Fahrer war schon zweimal da, siehe Akte.;03.05.2026 10:06;nein
1;intern;Die Kundin ist sehr verärgert, Vorsicht.;03.05.2026 10:07;ja
2;kunde;Ich möchte mein Passwort ändern, wie geht das?;04.05.2026 10:00;ja
2;mitarbeiter;Unter Einstellungen, Konto, Passwort ändern Sie es.;04.05.2026 10:05;ja
"""
MESSAGES = (
    ("kunde", "Where is my parcel, please?"),
    ("mitarbeiter", "It is on its way and arrives tomorrow."),
    ("intern", "He is angry again, be nice."),
)


def ticket(number: int, **more: object) -> dict[str, object]:
    """One ticket in the shape of no help desk."""
    said = [
        {"wer": who, "body": f"{text} {number}", "wann": f"2026-05-03T10:0{n}:00Z"}
        for n, (who, text) in enumerate(MESSAGES)
    ]
    return {"ticket": {"nr": number, "betreff": f"Paket {number}", "verlauf": said}, **more}


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value) if not isinstance(value, str) else value, encoding="utf-8")
    return path


def read(path: Path, saved: Saved) -> list[Found | Broken | Told]:
    return list(importer(saved.format).read(path, ImportOptions(columns=saved.columns)))


def turns(found: list[Found | Broken | Told]) -> dict[str, list[tuple[str, str]]]:
    """Who said what, by conversation."""
    return {
        one.item.id: [(str(turn.role), turn.text) for turn in one.item.turns]  # type: ignore[union-attr]
        for one in found
        if isinstance(one, Found)
    }


def test_a_table_in_words_of_its_own_is_understood_but_for_what_people_say(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", GERMAN)
    assert is_strange(path, "csv", Limits(), {})
    seen = look(path, "csv", Limits(), {})
    assert seen.columns["Was"].samples[0] == "Wo ist mein Paket, bitte?"
    guess = proposed(seen)
    assert guess == {
        "text": "Was", "role": "Wer", "visibility": "Sichtbar", "id": "Fall", "at": "Wann",
        "customer_value": "kunde", "agent_value": "mitarbeiter", "note_value": "intern",
        "public_value": "ja", "private_value": "nein",
    }  # fmt: skip
    said = turns(read(path, Saved("csv", guess)))
    assert [who for who, _ in said["1"]] == ["customer", "agent", "note", "note"]
    assert [who for who, _ in said["2"]] == ["customer", "agent"]
    assert not is_strange(path, "csv", Limits(), guess)


@pytest.mark.parametrize("shape", ["lines", "list", "wrapped", "deep", "one"])
def test_nested_json_is_read_by_paths(tmp_path: Path, shape: str) -> None:
    tickets = [ticket(n) for n in range(7, 7 + (1 if shape == "one" else 3))]
    whole: object = {
        "lines": "\n".join(map(json.dumps, tickets)),
        "list": tickets,
        "wrapped": {"count": 3, "tickets": tickets},
        "deep": {"export": {"data": tickets}, "users": [{"name": "Ben Carter"}]},
        "one": json.dumps(tickets[0]),
    }[shape]
    path = written(tmp_path / "b.json", whole)
    before = {"wrapped": "tickets[].", "deep": "export.data[]."}.get(shape, "")
    guess = proposed(look(path, "json", Limits(), {}))
    assert guess["text"] == f"{before}ticket.verlauf[].body"
    assert guess["id"] == f"{before}ticket.nr"
    said = turns(read(path, Saved("json", guess)))
    assert list(said) == [str(n) for n in range(7, 7 + len(tickets))]
    assert [who for who, _ in said["7"]] == ["customer", "agent", "note"]
    assert said["7"][1][1] == "It is on its way and arrives tomorrow. 7"


def test_a_document_larger_than_a_record_may_be_is_read_ticket_by_ticket(tmp_path: Path) -> None:
    path = written(tmp_path / "b.json", {"export": {"data": [ticket(n) for n in range(1000)]}})
    limits = Limits(line_bytes=100_000)
    guess = proposed(look(path, "json", limits, {}))
    found = list(importer("json").read(path, ImportOptions(columns=guess, limits=limits)))
    assert len(turns(found)) == 1000
    assert not [one for one in found if isinstance(one, Broken)]


def test_a_flag_that_stands_only_in_the_last_record_counts(tmp_path: Path) -> None:
    last = ticket(99)
    last["ticket"]["verlauf"][1]["private"] = True  # type: ignore[index]
    path = written(tmp_path / "b.json", [*(ticket(n) for n in range(50)), last])
    guess = {**proposed(look(path, "json", Limits(), {}))}
    for key in ("visibility", "private_value", "public_value"):
        guess.pop(key, None)
    said = turns(read(path, Saved("json", guess)))
    assert all(who != "agent" for who, _ in said.get("99", []))


def test_records_without_a_name_are_conversations_each(tmp_path: Path) -> None:
    chats = [{"log": [{"who": who, "words": f"{text} {n}"} for who, text in MESSAGES]} for n in range(3)]
    path = written(tmp_path / "c.json", chats)
    guess = proposed(look(path, "json", Limits(), {}))
    assert guess["id"] == "#record"
    assert len(turns(read(path, Saved("json", guess)))) == 3


def test_a_mapping_is_kept_as_it_was(tmp_path: Path) -> None:
    saved = Saved("csv", {"text": 'a "b" \\ ü', "customer_value": "kunde|kundin", "ignore": "x\x7f"})
    for name in ("m.toml", "m.json"):
        saved.save(tmp_path / name)
        assert load(tmp_path / name) == saved
    with pytest.raises(MappingError, match="cannot be written"):
        saved.save(tmp_path / "none" / "m.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "format: expected csv"),
        ("format = 'mbox'", "found 'mbox'"),
        ("format = ['csv']", "format: expected csv"),
        ("format = 'csv'", "columns: expected a table"),
        ("format = 'csv'\n[columns]\nbody = 'x'", "body: expected one of id, role"),
        ("format = 'csv'\n[columns]\ntext = 7", "text: expected a text"),
        ("format = 'csv'\n[columns]\ntext = []", "text: expected a text"),
        ("format = 'csv'\nmore = 1", "found more"),
        ("{", "expected TOML or JSON"),
        ("[" * 5000, "expected TOML or JSON"),
        ("\x00", "expected TOML or JSON"),
    ],
)
def test_what_is_no_mapping_is_told_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path / "m.toml", text)
    with pytest.raises(MappingError) as told:
        load(path)
    assert said in str(told.value)
    assert str(path) in str(told.value)


def test_an_export_that_lacks_a_column_is_told_with_those_it_has(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", GERMAN)
    seen = look(path, "csv", Limits(), {})
    with pytest.raises(
        MappingError, match=r"m\.toml: text: expected a column of .*a\.csv, found 'Body'.*Fall, Wer, Was"
    ):
        check_fit(Saved("csv", {"text": "Body"}), tmp_path / "m.toml", path, seen.columns)
    check_fit(Saved("csv", {"text": "was", "visibility": "Sichtbar|Wer"}), tmp_path / "m.toml", path, seen.columns)


CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["kunde", "agent", "intern", "1", "true", "", "2026-05-03", "Where is it, please?", "[{", "=1", "|"]
    ),
)
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELLS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.sampled_from(["a", "body", "role", "private", "a.b", "[]"])),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)
FUZZED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _survives(path: Path, format_name: str, extra: dict[str, str]) -> None:
    is_strange(path, format_name, Limits(), {})
    seen = look(path, format_name, Limits(), {})
    for columns in (proposed(seen), {**proposed(seen), **extra}, extra):
        saved = Saved(format_name, columns)
        for one in read(path, saved):
            assert isinstance(one, Found | Broken | Told)
        if columns:
            kept = path.with_suffix(".toml")
            saved.save(kept)
            with suppress(MappingError):
                load(kept)


EXTRA = st.dictionaries(
    st.sampled_from(
        ["text", "role", "id", "at", "question", "answer", "visibility", "agent_value", "sequence", "dates"]
    ),
    CELLS.filter(str.strip),
    max_size=4,
)


@FUZZED
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=8), extra=EXTRA)
def test_no_table_raises_anything(tmp_path: Path, rows: list[list[str]], extra: dict[str, str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(";".join(row) for row in rows).encode("utf-8", "surrogatepass"))
    _survives(path, "csv", extra)


@FUZZED
@given(value=JSONS, extra=EXTRA, cut=st.integers(0, 300))
def test_no_json_raises_anything(tmp_path: Path, value: object, extra: dict[str, str], cut: int) -> None:
    path = tmp_path / "t.json"
    text = json.dumps(value)
    path.write_text(text if cut > 200 else text[:cut], encoding="utf-8")
    _survives(path, "json", {key: f"a[].{one}" if cut % 2 else one for key, one in extra.items()})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.jsonl", '{"made": "today"}\n{"id": "1", "turns": []}\n'),
        ("latin.csv", "Frage;Antwort\nWo ist es, bitte?;Schon da.\n"),
        ("known.csv", "ticket_id,role,text\n1,customer,Where?\n"),
        ("empty.csv", ""),
        ("header.csv", "a,b\n"),
    ],
)
def test_what_is_known_is_not_asked_about(tmp_path: Path, name: str, text: str) -> None:
    assert not is_strange(written(tmp_path / name, text), name.rpartition(".")[2], Limits(), {})


def test_of_a_long_json_only_what_every_row_needs_is_asked_of_what_was_looked_at(tmp_path: Path) -> None:
    path, mapping = tmp_path / "b.json", tmp_path / "m.toml"
    check_fit(Saved("json", {"topic": "later"}), mapping, path, ["body"], whole=False)
    with pytest.raises(MappingError, match="text: expected a column"):
        check_fit(Saved("json", {"text": "later"}), mapping, path, ["body"], whole=False)
