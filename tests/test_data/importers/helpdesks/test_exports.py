"""Each export as its tool writes it: who says what, what is internal, what is left out. The exports are our own."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from data.importers import REGISTRY, UnknownFormatError, detect, sources
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.intake import Accepted, Dropped, take

EXPORTS = Path(__file__).parent / "exports"
BEN = {"agent_value": "Ben Carter"}
SLACK = json.loads((Path(__file__).parent / "expected" / "slack.json").read_text())
"""Names and contents of an archive."""
EXPECTED = json.loads((Path(__file__).parent / "expected" / "exports.json").read_text())
"""By export: its format, then the conversations in it as id and turns, or id and why it is not learnt from."""


def read(path: Path, **columns: str) -> tuple[list[Found], list[Broken], list[str]]:
    rows = list(REGISTRY[detect(path)].read(path, ImportOptions(columns=columns)))
    told = [row.message for row in rows if isinstance(row, Told)]
    return [row for row in rows if isinstance(row, Found)], [row for row in rows if isinstance(row, Broken)], told


def said(found: Found) -> list[list[str]]:
    return [[str(turn.role), turn.text] for turn in found.item.turns]


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_as_its_tool_writes_it(name):
    form, expected = EXPECTED[name]
    assert detect(EXPORTS / name) == form
    found, broken, told = read(EXPORTS / name, **(BEN if form == "whatsapp" else {}))
    assert broken == []
    assert any("read as an export of" in sentence for sentence in told)
    assert len(found) == len(expected)
    for one, (key, turns) in zip(found, expected, strict=True):
        assert one.item.id.startswith(key)
        assert (one.against or said(one)) == turns
        if not one.against and form not in {"jddc", "chat_messages"}:
            times = [turn.at for turn in one.item.turns]
            assert times == sorted(times)
            assert one.item.labels["created"].startswith("2025-03-")


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_learnt_of_an_export_is_what_customers_and_agents_said(name):
    options = ImportOptions(columns=BEN if name.startswith("whatsapp") else {})
    rows = list(take([EXPORTS / name], options=options))
    learnt = [row for row in rows if isinstance(row, Accepted)]
    assert learnt
    for row in learnt:
        assert {str(turn.role) for turn in row.item.turns} == {"customer", "agent"}
        assert "<" not in "".join(turn.text for turn in row.item.turns)
        assert "Lopez" not in json.dumps([turn.author for turn in row.item.turns]) + json.dumps(dict(row.item.extras))
    dropped = sorted(row.reason for row in rows if isinstance(row, Dropped))
    assert dropped == sorted(turns for _, turns in EXPECTED[name][1] if isinstance(turns, str))


@pytest.mark.parametrize("name", EXPECTED)
def test_the_name_does_not_matter_nor_gzip_nor_an_archive(tmp_path, name):
    data = (EXPORTS / name).read_bytes()
    columns = BEN if name.startswith("whatsapp") else {}
    expected = [said(one) for one in read(EXPORTS / name, **columns)[0]]
    for other in ("x.txt", "x.json", "x.xml.gz", "x.zip"):
        path = tmp_path / other
        path.write_bytes(gzip.compress(data) if other.endswith(".gz") else data)
        if other.endswith(".zip"):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("folder/readme.txt", "what this is")
                archive.writestr("folder/export.txt", data)
        found, broken, _ = read(path, **columns)
        assert [said(one) for one in found] == expected
        assert broken == []


def test_ids_labels_and_who_wrote_it():
    found, _, told = read(EXPORTS / "zendesk.json")
    item = found[0].item
    assert item.id == "9007199254740993"
    assert item.labels == {
        "status": "solved", "tags": ["lid", "spare_part"], "rating": "good", "channel": "email", "solved": True,
        "attachments": 1, "title": "Lid of my kettle", "created": "2025-03-01",
    }  # fmt: skip
    assert [turn.author for turn in item.turns if turn.role == "agent"] == ["Ben Carter", "other"]
    assert item.turns[2].at == "2025-03-01T09:00:00Z"
    assert any("attachments" in sentence for sentence in told)
    assert any("'False' is internal" in sentence for sentence in told)


def slack(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in SLACK.items():
            archive.writestr(name, json.dumps(value))
    return path


def test_slack_asks_who_is_of_the_team(tmp_path):
    path = slack(tmp_path / "export.zip")
    found, broken, _ = read(path)
    assert not found
    assert "Maria Lopez (1)" in broken[0].message
    assert "agent_value" in broken[0].message
    for option in ("Ben Carter", "@shop.example", "U7", "ben@SHOP.example"):
        found, broken, _ = read(path, agent_value=option)
        assert broken == []
        assert said(found[0]) == [
            ["customer", " where is the <manual>?"],
            ["bot", "A person comes."],
            ["agent", "In our help (https://shop.example/m)."],
        ]
        assert found[0].item.id == "help-1740819600.000100"


def test_whatsapp_asks_who_is_of_the_team():
    found, broken, _ = read(EXPORTS / "whatsapp.txt")
    assert not found
    assert "Maria Lopez (3)" in broken[0].message


@pytest.mark.parametrize(
    "line",
    [
        "25/03/2025, 09:15 - {}", "25.03.25, 09:15 - {}", "[25.03.25, 09:15:01] {}", "3/25/25, 9:15 AM - {}",
        "3/25/25, 9:15\u202fAM - {}", "[2025/3/25 上午9:15:01] {}", "2025/3/25 09:15 - {}",
        "2025-03-25, 9:15 a.m. - {}",
        "[25.3.2025 klo 9.15.01] {}", "25/03/2025 09:15 - {}", "[25-03-2025 09:15:01] {}",
        "\u200e[25/03/25, 9:15:01 AM] {}",
    ],
)  # fmt: skip
def test_whatsapp_of_phones_in_many_languages(tmp_path, line):
    path = tmp_path / "chat.txt"
    path.write_text(
        "".join(line.format(said) + "\n" for said in ("Maria: Hello\nthere", "Ben: <Media omitted>", "Ben: Yes"))
    )
    found, broken, _ = read(path, agent_value="Ben")
    assert broken == []
    assert said(found[0]) == [["customer", "Hello\nthere"], ["agent", ""], ["agent", "Yes"]]
    assert found[0].item.turns[0].at.startswith("2025-03-25T09:15")


@pytest.mark.parametrize("value", ["perhaps", 7, "Y/N"])
def test_a_flag_that_is_not_understood_stops_the_file(tmp_path, value):
    export = json.loads((EXPORTS / "zendesk.json").read_text())
    export["tickets"][0]["comments"][0]["public"] = value
    path = tmp_path / "a.json"
    path.write_text(json.dumps(export))
    found, broken, _ = read(path)
    assert not found
    assert "'public'" in broken[0].message
    assert "Nothing of this file was stored" in broken[0].message


@pytest.mark.parametrize(("key", "value"), [("is_internal", True), ("visibility", "staff"), ("jsdPublic", False)])
def test_a_flag_of_somebody_elses_is_heeded(tmp_path, key, value):
    export = json.loads((EXPORTS / "zendesk.json").read_text())
    for comment in export["tickets"][0]["comments"]:
        comment[key] = value if comment["id"] == 13 else {"staff": "all"}.get(value, not value)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(export))
    found, _, _ = read(path)
    assert ["note", "We send you a new lid, free of charge."] in said(found[0])


def test_tickets_without_comments_are_told(tmp_path):
    export = json.loads((EXPORTS / "zendesk.json").read_text())
    for ticket in export["tickets"]:
        ticket.pop("comments")
    path = tmp_path / "a.json"
    path.write_text(json.dumps(export))
    found, _, told = read(path)
    assert said(found[0]) == [["customer", "Lid of my kettle\nThe lid is broken, what can I do?"]]
    assert any("no comments" in sentence for sentence in told)


def test_a_ticket_that_comes_twice_is_one(tmp_path):
    pages = json.loads((EXPORTS / "zendesk.json").read_text())
    path = tmp_path / "pages.json"
    path.write_text(json.dumps(pages) + "\n" + json.dumps(pages))
    found, broken, _ = read(path)
    assert broken == []
    assert said(found[0]) == EXPECTED["zendesk.json"][1][0][1]
    path.write_text(json.dumps([pages, pages]))
    assert said(read(path)[0][0]) == EXPECTED["zendesk.json"][1][0][1]


def test_without_users_whoever_is_not_the_requester_is_an_agent(tmp_path):
    export = json.loads((EXPORTS / "zendesk.json").read_text())
    export.pop("users")
    path = tmp_path / "a.json"
    path.write_text(json.dumps(export))
    found, _, _ = read(path)
    assert [turn.author for turn in found[0].item.turns if turn.role == "agent"] == ["7", "999"]
    found, _, _ = read(path, agent_value="7")
    assert [turn.author for turn in found[0].item.turns if turn.role == "agent"] == ["7", "999"]
    found, _, _ = read(path, customer_value="999")
    assert [turn.author for turn in found[0].item.turns if turn.role == "agent"] == ["7"]


def test_a_description_that_repeats_a_private_comment_is_not_public(tmp_path):
    ticket = {
        "id": 1, "url": "x", "requester_id": 501, "submitter_id": 7, "status": "open", "description": "She is rude.",
        "comments": [
            {"id": 1, "author_id": 7, "body": "She is rude.", "public": False, "created_at": "2025-03-01T09:00:00Z"},
            {"id": 2, "author_id": 501, "body": "Hello?", "public": True, "created_at": "2025-03-01T09:01:00Z"},
        ],
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ticket))
    assert said(read(path)[0][0]) == [["note", "She is rude."], ["customer", "Hello?"]]
    ticket["comments"].pop(0)
    path.write_text(json.dumps(ticket))
    assert said(read(path)[0][0])[0][0] == "note"


def test_an_unknown_json_says_what_was_seen_and_what_is_known(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"bugs": [{"colour": "red", "legs": 6}]}))
    with pytest.raises(UnknownFormatError) as told:
        detect(path)
    for word in ("bugs[]", "colour", "Zendesk", "turns"):
        assert word in str(told.value)


def test_our_own_lines_stay_ours(tmp_path):
    path = tmp_path / "a.jsonl"
    turns = [{"role": "customer", "text": "a"}, {"role": "agent", "text": "b"}]
    path.write_text(json.dumps({"id": "c", "turns": turns, "requester_id": 1, "status": "x", "url": "y"}))
    assert detect(path) == "jsonl"


def test_a_folder_of_exports(tmp_path):
    for name in EXPECTED:
        (tmp_path / name).write_bytes((EXPORTS / name).read_bytes())
    (tmp_path / "other.json").write_text("[1]")
    assert sorted(name for name, _ in sources(tmp_path)) == sorted(form for form, _ in EXPECTED.values())


def test_two_tools_may_have_a_ticket_of_one_number():
    assert {read(EXPORTS / name)[0][0].item.source for name in ("zendesk.json", "help_scout.json")} == {
        "zendesk",
        "help_scout",
    }


def test_nobody_joins_the_team_by_what_they_call_themselves(tmp_path):
    path = tmp_path / "chat.txt"
    line = "25/03/2025, 09:15 - {}: Hello\n"
    path.write_text(line.format("Eve @shop.example") + line.format("eve@shop.example") + line.format("Ben"))
    found, _, _ = read(path, agent_value="@shop.example|Ben")
    assert [role for role, _ in said(found[0])] == ["customer", "customer", "agent"]
