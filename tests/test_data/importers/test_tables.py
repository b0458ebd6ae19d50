"""Tables: their columns, delimiters, quotes and order of rows."""

from __future__ import annotations

import gzip

import pytest

from data.importers import REGISTRY
from data.importers.importer import Broken, Found, ImportOptions
from data.transcripts import Role


def read(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = list(REGISTRY["csv"].read(path, ImportOptions(**options)))
    return [r.item for r in rows if isinstance(r, Found)], [r for r in rows if isinstance(r, Broken)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


def said(conversation):
    return [(str(turn.role), turn.text) for turn in conversation.turns]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "header",
    [("conversation_id", "role", "text"), ("Ticket ID", "Author Type", "Body"), ("chatId", "sender", "message")],
)
def test_common_headers_and_delimiters(path, delimiter, header):
    rows = [
        header,
        ("1", "customer", "Hi?"),
        ("1", "Agent", "Hello"),
        ("2", "end-user", "Help"),
        ("2", "staff", "Sure"),
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows)
    conversations, broken = read(path, content)
    assert not broken
    assert [c.id for c in conversations] == ["1", "2"]
    assert said(conversations[0]) == [("customer", "Hi?"), ("agent", "Hello")]


def test_rows_of_a_conversation_may_lie_apart_and_follow_their_times(path):
    content = (
        "id,role,text,created_at\n"
        "b,customer,third,2024-01-01T10:00:00Z\n"
        "a,agent,second,2024-01-02T12:00:00+01:00\n"
        "a,customer,first,2024-01-02 10:30:00\n"
        "b,agent,fourth,1704103200000\n"
    )
    conversations, broken = read(path, content)
    assert not broken
    assert [c.id for c in conversations] == ["b", "a"]
    assert [t.text for c in conversations for t in c.turns] == ["third", "fourth", "first", "second"]
    assert conversations[1].turns[0].at == "2024-01-02T10:30:00Z"
    assert conversations[1].labels["created"] == "2024-01-02"


def test_a_time_of_two_meanings_orders_where_both_agree_and_is_kept_as_it_is(path):
    content = "id,role,text,date\n1,customer,one,2024-02-05\n1,agent,two,03/04/2024\n"
    (conversation,), _ = read(path, content)
    assert [t.text for t in conversation.turns] == ["one", "two"]
    assert conversation.turns[1].at is None
    assert conversation.turns[1].extras == {"time": "03/04/2024"}


@pytest.mark.parametrize(
    "header", ["Vorgang,Absender,Rolle,Nachricht", "ticket_id,Mittente,Ruolo,Messaggio", "ticket_id,作者,角色,消息"]
)
def test_headers_of_other_languages_name_who_answered(path, header):
    (conversation,), broken = read(path, f"{header}\n1,Jo,customer,Hi?\n1,Maren,agent,Hello\n")
    assert not broken
    assert conversation.turns[1].author == "Maren"


def test_mapping_of_columns_and_roles(path):
    content = "nr,who,was,wann\n7,K,Hallo?,2024-01-01\n7,M,Guten Tag,2024-01-02\n7,X,intern,2024-01-03\n"
    columns = {"id": "nr", "role": "who", "text": "was", "at": "wann"}
    roles = {"customer_value": "K|Kunde", "agent_value": "M", "note_value": "x"}
    (conversation,), broken = read(path, content, columns=columns | roles)
    assert not broken
    assert [t.role for t in conversation.turns] == [Role.CUSTOMER, Role.AGENT, Role.NOTE]


def test_missing_columns_are_explained(path):
    conversations, broken = read(path, "ticket_id,body,when\n1,x,y\n")
    assert not conversations
    assert len(broken) == 1
    assert broken[0].line == 1
    for part in ("role", "ticket_id, body, when", "--column"):
        assert part in broken[0].message


def test_mapping_to_a_column_that_is_not_there(path):
    _, broken = read(path, "a,b,c\n", columns={"text": "body"})
    assert "'body'" in broken[0].message
    assert "a, b, c" in broken[0].message
    _, broken = read(path, "a,b,c\n", columns={"txt": "a"})
    assert "cannot map txt" in broken[0].message


def test_pairs_without_an_id_get_one_that_stays(path):
    content = "Question,Answer,Category\nWhere is it?,On its way,delivery\nReturn?,Within 30 days,returns\n"
    conversations, broken = read(path, content, language="en", source="faq")
    assert not broken
    assert said(conversations[0]) == [("customer", "Where is it?"), ("agent", "On its way")]
    assert conversations[0].labels == {"topic": "delivery"}
    assert (conversations[0].language, conversations[0].source) == ("en", "faq")
    again, _ = read(path, content.replace("Where is it?", "New?"))
    assert again[1].id == conversations[1].id
    assert again[0].id != conversations[0].id


def test_pairs_of_one_ticket_become_one_conversation(path):
    conversations, _ = read(path, "ticket_id,question,answer\n1,a?,b\n2,c?,d\n1,e?,f\n")
    assert [t.text for t in conversations[0].turns] == ["a?", "b", "e?", "f"]


def test_pair_with_an_empty_side(path):
    conversations, broken = read(path, "question,answer\na?,\nc?,d\n")
    assert len(conversations) == 1
    assert (broken[0].line, "answer is empty" in broken[0].message) == (2, True)


def test_one_row_a_message_wins_over_names_of_people(path):
    content = "ticket_id,role,text,agent,customer\n1,customer,Hi,Ann,Bob\n1,agent,Hello,Ann,Bob\n"
    (conversation,), _ = read(path, content)
    assert said(conversation) == [("customer", "Hi"), ("agent", "Hello")]
    assert [turn.author for turn in conversation.turns] == [None, "Ann"]


def test_inbound_flag(path):
    (conversation,), _ = read(path, "thread_id,inbound,text\n1,True,Hi\n1,False,Hello\n")
    assert [t.role for t in conversation.turns] == [Role.CUSTOMER, Role.AGENT]


def test_unknown_role_costs_its_row(path):
    (conversation,), broken = read(path, "id,role,text\n1,customer,Hi\n1,alien,?\n1,agent,Hello\n")
    assert len(conversation.turns) == 2
    assert broken[0].line == 3
    assert "customer_value=alien" in broken[0].message


def test_quotes_line_breaks_and_lines_of_records(path):
    content = 'id,role,text\n1,customer,"first\nsecond, ""quoted"""\n1,agent,ok,extra\n1,agent,fine\n'
    (conversation,), broken = read(path, content)
    assert [t.text for t in conversation.turns] == ['first\nsecond, "quoted"', "fine"]
    assert broken[0].line == 4
    assert "found 4" in broken[0].message


def test_a_quote_that_never_closes_costs_one_row(path):
    content = 'id,role,text\n1,customer,"open\n1,agent,Hello\n2,customer,Hi\n2,agent,Yes\n'
    conversations, broken = read(path, content)
    assert [c.id for c in conversations] == ["1", "2"]
    assert [b.line for b in broken] == [2]
    assert "never closes" in broken[0].message


def test_a_row_in_latin1_among_utf8(path):
    content = b"id,role,text\n1,customer,caf\xe9\n1,customer,H\xc3\xad\n1,agent,Hello\n"
    (conversation,), broken = read(path, content)
    assert len(conversation.turns) == 2
    assert broken[0].line == 2
    assert "0xe9" in broken[0].message


def test_a_long_line_is_skipped(path):
    content = "id,role,text\n1,customer," + "x" * 300_000 + "\n1,agent,Hello\n"
    (conversation,), broken = read(path, content)
    assert len(conversation.turns) == 2  # longer than csv's own limit
    assert not broken
    content = "id,role,text\n1,customer," + "x" * (11 * 1024 * 1024) + "\n1,customer,Hi\n1,agent,Hello\n"
    (conversation,), broken = read(path, content)
    assert len(conversation.turns) == 2
    assert broken[0].line == 2


def test_subject_opens_the_first_message(path):
    (conversation,), _ = read(path, "id,role,text,subject\n1,customer,It hangs,Printer\n1,agent,Ok,Printer\n")
    assert conversation.turns[0].text == "Printer\nIt hangs"
    assert conversation.labels["title"] == "Printer"


def test_excel_hint_gzip_and_header_only(tmp_path):
    path = tmp_path / "t.csv.gz"
    conversations, _ = read(path, gzip.compress(b"sep=;\nquestion;answer\na?;b\n"))
    assert len(conversations) == 1
    conversations, broken = read(path, gzip.compress(b"question,answer\n"))
    assert "no rows" in broken[0].message


def test_bytes_reported_add_up(path):
    path.write_text("id,role,text\n" + "".join(f"{n},customer,Hi\n{n},agent,Hello\n" for n in range(50)))
    seen = []
    list(REGISTRY["csv"].read(path, ImportOptions(), seen.append))
    assert sum(seen) == path.stat().st_size
    assert len(seen) > 10
