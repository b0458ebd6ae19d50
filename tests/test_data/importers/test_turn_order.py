"""Who said what when: decided over a whole file and told; where the order cannot be known, nothing is learnt."""

from __future__ import annotations

import json
import random

import pytest

from data.importers.importer import Broken, ImportOptions, Told
from data.intake import Accepted, Dropped, take
from data.moments import moments_of


def imported(path, text, **columns):
    path.write_text(text)
    return list(take([path], options=ImportOptions(columns=columns)))


def pairs(rows):
    return sorted(
        (moment.context[-1].text, moment.answer)
        for row in rows
        if isinstance(row, Accepted)
        for moment in moments_of(row.item)
    )


def told(rows):
    return " ".join(row.message for row in rows if isinstance(row, Told))


def dropped(rows):
    return {row.id: row.reason for row in rows if isinstance(row, Dropped)}


TALK = [("customer", "Where is it?"), ("agent", "On its way."), ("customer", "And when?"), ("agent", "Tomorrow.")]
PAIRS = [("And when?", "Tomorrow."), ("Where is it?", "On its way.")]

FORMS = [
    ["2025-03-01T09:00:00Z", "2025-03-01T09:05:00Z", "2025-03-01T09:10:00Z", "2025-03-13T09:00:00Z"],
    ["2025-03-01T10:00:00+01:00", "2025-03-01T09:05:00Z", "2025-03-01T04:10:00-05:00", "2025-03-13T09:00:00Z"],
    ["03/01/2025 09:00 AM", "03/01/2025 11:05 AM", "03/01/2025 12:10 PM", "03/13/2025 01:00 PM"],
    ["01/03/2025 09:00", "01/03/2025 09:05", "02/03/2025 09:10", "13/03/2025 09:00"],
    ["1740819600", "1740819700", "1740819800", "1741856400"],
    ["1740819600000", "1740819700000", "1740819800000", "1741856400000"],
    ["1740819600000000", "1740819700000000", "1740819800000000", "1741856400000000"],
    ["45717.375", "45717.4", "45717.5", "45729.375"],
    ["Sat, 1 Mar 2025 09:00:00 +0000", "1 Mar 2025 09:05", "1 March 2025 at 9:10 AM", "13 Mar 2025 09:00"],
    ["1. März 2025, 09:00 Uhr", "1. März 2025, 09:05 Uhr", "1. März 2025, 09:10 Uhr", "13. März 2025, 09:00 Uhr"],
    ["1 mars 2025 à 9h00", "1 mars 2025 à 9h05", "1 mars 2025 à 9h10", "13 mars 2025 à 9h00"],
    ["2025年3月1日 上午9:00", "2025年3月1日 上午11:05", "2025年3月1日 下午1:10", "2025年3月13日 09:00"],
    ["09:00", "09:05", "12:10", "23:59"],
]


@pytest.mark.parametrize("times", FORMS, ids=lambda times: times[0])
@pytest.mark.parametrize("turned", ["oldest first", "newest first", "shuffled"])
def test_every_form_of_time_orders_rows_however_they_lie(tmp_path, times, turned):
    rows = [f'1,{role},{text},"{at}"\n' for (role, text), at in zip(TALK, times, strict=True)]
    if turned == "newest first":
        rows.reverse()
    elif turned == "shuffled" and ":" not in times[0][:3]:  # times of day order only rows that lie in order
        random.Random(3).shuffle(rows)
    found = imported(tmp_path / "t.csv", "ticket,role,text,created_at\n" + "".join(rows))
    assert pairs(found) == PAIRS
    assert ("newest first" in told(found)) == (turned == "newest first")


@pytest.mark.parametrize(
    ("first", "other", "reading", "at"),
    [
        ("03/04/2025", "03/25/2025", "month/day/year", "2025-03-04"),
        ("03/04/2025", "25/03/2025", "day/month/year", "2025-04-03"),
        ("3/4/25 5:00 PM", "3/25/25 5:00 PM", "month/day/year", "2025-03-04"),
        ("03-04-2025", "25-03-2025", "day/month/year", "2025-04-03"),
    ],
)
def test_one_date_tells_for_the_whole_column(tmp_path, first, other, reading, at):
    text = (
        f"id,role,text,date\n1,customer,Why?,{first}\n1,agent,So.,{first}\n"
        f"2,customer,Who?,{other}\n2,agent,We.,{other}\n"
    )
    found = imported(tmp_path / "t.csv", text)
    assert reading in told(found)
    assert repr(other) in told(found)
    (one,) = [row.item for row in found if isinstance(row, Accepted) and row.item.id == "1"]
    assert one.created == at


def test_rows_in_order_tell_how_dates_are_read(tmp_path):
    days = ["03/11/2025", "03/12/2025", "04/01/2025", "04/02/2025", "05/01/2025", "05/03/2025"]
    text = "".join(f"{n},customer,Q{n},{day} 09:00\n{n},agent,A{n},{day} 10:00\n" for n, day in enumerate(days))
    found = imported(tmp_path / "t.csv", "id,role,text,date\n" + text)
    assert "month/day/year (as the rows lie in order only so)" in told(found)


def test_dates_that_nothing_tells_are_not_guessed(tmp_path):
    text = (
        "id,role,text,date\n"
        "1,customer,Q1,03/04/2025 09:00\n1,agent,A1,03/04/2025 10:00\n"  # in order in both readings
        "2,customer,Q2,03/04/2025 09:00\n2,agent,A2,02/05/2025 10:00\n"  # only day/month has the answer later
    )
    found = imported(tmp_path / "t.csv", text)
    assert pairs(found) == [("Q1", "A1")]
    assert dropped(found) == {"2": "order of its messages unknown"}
    assert "dates=mdy" in told(found)
    assert next(row.item.created for row in found if isinstance(row, Accepted)) is None
    assert pairs(imported(tmp_path / "t.csv", text, dates="dmy")) == [("Q1", "A1"), ("Q2", "A2")]
    (broken,) = imported(tmp_path / "t.csv", text, dates="ymd")
    assert "dmy or mdy" in broken.message


def test_an_unreadable_date_among_readable_ones(tmp_path):
    text = (
        "id,role,text,date\n1,customer,Q1,2025-03-04\n1,agent,A1,soon\n"
        "2,customer,Q2,2025-03-04T09:00:00\n2,agent,A2,2025-03-04T10:00:00\n"
    )
    found = imported(tmp_path / "t.csv", text)
    assert pairs(found) == [("Q2", "A2")]
    assert dropped(found) == {"1": "order of its messages unknown"}
    assert "'soon'" in told(found)
    numbered = text.replace("\n1,", "\n1,").replace("id,role", "ticket,role").replace("date\n", "date,message_id\n", 1)
    lines = numbered.splitlines()
    numbered = "\n".join([lines[0], *(f"{line},{n}" for n, line in enumerate(lines[1:]))])
    assert pairs(imported(tmp_path / "t.csv", numbered)) == [("Q1", "A1"), ("Q2", "A2")]


def test_equal_times_in_rows_without_order(tmp_path):
    text = "id,role,text,at\n"
    for n in range(4):
        rows = [
            f"{n},customer,Q{n},2025-03-04T09:0{n}\n",
            f"{n},agent,A{n},2025-03-04T10:0{n}\n",
            f"{n},agent,B{n},2025-03-05\n",
        ]
        text += "".join(rows if n % 2 else reversed(rows))
    found = imported(tmp_path / "t.csv", text + "9,agent,A9,2025-03-04\n9,customer,Q9,2025-03-04\n")
    assert dropped(found) == {"9": "order of its messages unknown"}
    assert len(pairs(found)) == 4
    assert "conversations left out: 1" in told(found)


def test_equal_times_follow_rows_that_lie_in_order(tmp_path):
    day = (
        "id,role,text,at\n1,customer,Q1,2025-03-04\n1,agent,A1,2025-03-04\n"
        "2,customer,Q2,2025-03-04\n2,agent,A2,2025-03-05\n"
    )
    assert pairs(imported(tmp_path / "t.csv", day)) == [("Q1", "A1"), ("Q2", "A2")]
    head, *rows = day.replace("\n2,agent", "\n2,customer,Q2b,2025-03-04T12:00\n2,agent").splitlines()
    assert pairs(imported(tmp_path / "t.csv", "\n".join([head, *reversed(rows)]))) == [("Q1", "A1"), ("Q2b", "A2")]


def test_a_table_without_times_goes_by_its_rows(tmp_path):
    text = "".join(f"1,{role},{text}\n" for role, text in TALK)
    found = imported(tmp_path / "t.csv", "ticket,role,text\n" + text)
    assert pairs(found) == PAIRS
    assert not told(found)
    greeted = "1,agent,Hello there\n1,customer,Where is it?\n1,agent,Here\n1,customer,Thanks a lot\n"
    assert pairs(imported(tmp_path / "t.csv", "ticket,role,text\n" + greeted)) == [("Where is it?", "Here")]


def test_a_table_without_times_that_looks_turned_round_is_not_learnt_from(tmp_path):
    text = (
        "ticket,role,text\n1,agent,Turn the dial.\n1,customer,How?\n"
        "2,customer,Thanks!\n2,agent,Press it\n2,customer,Blank?\n"
    )
    found = imported(tmp_path / "t.csv", text)
    assert not pairs(found)
    assert set(dropped(found).values()) == {"order of its messages unknown"}
    assert "order=newest_first" in told(found)
    turned = imported(tmp_path / "t.csv", text, order="newest_first")
    assert pairs(turned) == [("Blank?", "Press it"), ("How?", "Turn the dial.")]


def test_numbers_of_messages_tell_the_order(tmp_path):
    rows = [f"{n},7,{role},{text}\n" for n, (role, text) in enumerate(TALK, start=901)]
    found = imported(tmp_path / "t.csv", "id,ticket_id,role,text\n" + "".join(reversed(rows)))
    assert pairs(found) == PAIRS


def test_numbers_given_out_in_any_order_tell_nothing(tmp_path):
    rows = [f"{n},7,{role},{text}\n" for n, (role, text) in zip((905, 17, 880, 3), TALK, strict=True)]
    assert pairs(imported(tmp_path / "t.csv", "id,ticket_id,role,text\n" + "".join(rows))) == PAIRS
    shuffled = [f"{n},7,{role},{text}\n" for n, (role, text) in enumerate(TALK)]
    random.Random(3).shuffle(shuffled)
    assert pairs(imported(tmp_path / "t.csv", "position,ticket_id,role,text\n" + "".join(shuffled))) == PAIRS


def test_case_05(tmp_path):
    found = imported(
        tmp_path / "t.csv",
        "ticket_id,role,text,created_at\n"
        '801,agent,"Turn the dial to two and wait for the click.",03/04/2025 10:30 AM\n'
        '801,customer,"How do I reset the heater?",03/04/2025 10:15 AM\n'
        '802,customer,"Thanks, that worked!",03/05/2025 09:20 AM\n'
        '802,agent,"Press both buttons for ten seconds.",03/05/2025 09:10 AM\n'
        '802,customer,"The display is blank, what now?",03/05/2025 09:00 AM\n',
    )
    assert pairs(found) == [
        ("How do I reset the heater?", "Turn the dial to two and wait for the click."),
        ("The display is blank, what now?", "Press both buttons for ten seconds."),
    ]
    assert "turned round" in told(found)
    assert "day/month or month/day" in told(found)


def line(name, *turns, **others):
    keys = ("role", "text", "at")
    return json.dumps({"id": name, "turns": [dict(zip(keys, turn, strict=False)) for turn in turns], **others}) + "\n"


def test_json_lines_newest_first_are_turned_round_and_their_labels_with_them(tmp_path):
    text = line(
        "1",
        ("agent", "So.", "2025-03-01T10:00:00Z"),
        ("customer", "Why?", "2025-03-01T09:00:00Z"),
        labels={"solution_turn": 0, "solved": True},
    )
    (row,) = [row for row in imported(tmp_path / "t.jsonl", text) if isinstance(row, Accepted)]
    assert [turn.text for turn in row.item.turns] == ["Why?", "So."]
    assert row.item.labels == {"solution_turn": 1, "solved": True}


def test_json_lines_in_order_are_left_as_they_are(tmp_path):
    text = line(
        "1", ("customer", "Why?", "2025-03-01"), ("agent", "So.", None), ("customer", "Ah", "2025-03-01T10:00:00+01:00")
    )
    (row,) = imported(tmp_path / "t.jsonl", text)
    assert [turn.at for turn in row.item.turns] == ["2025-03-01", None, "2025-03-01T10:00:00+01:00"]


def test_json_lines_whose_times_leave_the_order_open(tmp_path):
    text = line("1", ("customer", "Why?", "2025-03-02"), ("agent", "So."), ("customer", "Ah", "2025-03-01")) + line(
        "2", ("customer", "Why?", "05/03/2025"), ("agent", "So.", "04/04/2025")
    )
    found = imported(tmp_path / "t.jsonl", text)
    assert set(dropped(found).values()) == {"order of its messages unknown"}
    assert len(dropped(found)) == 2


def test_ids_in_scientific_notation_are_told_and_not_merged(tmp_path):
    rows = "".join(f"{name},customer,Q\n{name},agent,A\n" for name in ("1.74082E+12", "1,74082E+12", "2E+5"))
    text = (
        "ticket_id;role;text\n"
        + rows.replace(",customer,", ";customer;").replace(",agent,", ";agent;")
        + "7;customer;Q7\n7;agent;A7\n"
    )
    found = imported(tmp_path / "t.csv", text)
    assert pairs(found) == [("Q7", "A7")]
    (broken,) = [row for row in found if isinstance(row, Broken)]
    assert "1.74082E+12" in broken.message
    assert "6 rows" in broken.message


def test_ids_that_a_spreadsheet_cut_to_fifteen_digits(tmp_path):
    text = "ticket_id,role,text\n" + "".join(
        f"{n}00,customer,Q\n{n}00,agent,A\n" for n in (174082345678901, 174082345678902)
    )
    (broken,) = imported(tmp_path / "t.csv", text)
    assert "Nothing of this file was stored" in broken.message
    assert len(pairs(imported(tmp_path / "t.csv", text, ignore="ticket_id"))) == 1  # the other is the same words
    assert pairs(imported(tmp_path / "t.csv", text.replace("200,", "217,")))


def test_a_rounded_id_in_json_lines(tmp_path):
    text = line("1.74082E+12", ("customer", "Why?"), ("agent", "So."))
    assert dropped(imported(tmp_path / "t.jsonl", text)) == {"1.74082E+12": "id rounded by a spreadsheet"}
