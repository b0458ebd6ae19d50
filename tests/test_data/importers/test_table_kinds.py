"""Tables as spreadsheets and help desks of several languages write them: encodings, separators, names of columns."""

from __future__ import annotations

import codecs
import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.time_column import DAY_FIRST, MONTH_FIRST, TimeColumn
from data.intake import take


def read(path, content, **columns):
    path.write_bytes(content)
    rows = list(REGISTRY["csv"].read(path, ImportOptions(columns=columns)))
    return (
        [[(str(turn.role), turn.text) for turn in row.item.turns] for row in rows if isinstance(row, Found)],
        [row.message for row in rows if isinstance(row, Broken)],
        [row.message for row in rows if isinstance(row, Told)],
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.csv"


PAIRS = {
    "German, Excel": ("Frage;Antwort", "Wo ist mein Paket für Köln?;Es ist unterwegs.", "cp1252", "Windows-1252"),
    "French": ("Question;Réponse", "Où est mon colis?;Il est expédié à Liège.", "cp1252", "Windows-1252"),
    "Spanish": ("Pregunta;Respuesta", "¿Dónde está?;Llega mañana, señor.", "cp1252", "Windows-1252"),
    "Italian": ("Domanda\tRisposta", "Dov'è?\tÈ già partito, arriverà lunedì.", "cp1252", "Windows-1252"),
    "Portuguese": ("Pergunta;Resposta", "Onde está?;Não chegou à estação.", "cp1252", "Windows-1252"),
    "Chinese": ("问题,答案", "我的包裹在哪里？,已经发货了，周一到。", "gb18030", "GB 18030"),
    "Traditional Chinese": ("問題,答案", "我的包裹在哪裡？,已經發貨了，週一到。", "big5", None),
    "Japanese": ("質問,回答", "荷物はどこですか？,発送しました。月曜日に届きます。", "cp932", "Shift JIS"),
    "Excel's Unicode text": ("Frage\tAntwort", "Wo ist Köln?\tAm Rhein.", "utf-16", "UTF-16"),
    "UTF-8": ("问题,答案", "我的包裹在哪里？,已经发货了。", "utf-8", None),
}


@pytest.mark.parametrize(("header", "row", "encoding", "name"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("packed", [False, True])
def test_pairs_in_the_encodings_and_separators_of_their_countries(tmp_path, header, row, encoding, name, packed):
    content = f"{header}\r\n{row}\r\n{row[::1].replace('?', '??').replace('？', '？？')}\r\n".encode(encoding)
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    talks, broken, told = read(path, gzip.compress(content) if packed else content)
    assert not broken
    separator = next(one for one in "\t;," if one in header)
    question, answer = row.split(separator)
    assert talks[0] == [("customer", question), ("agent", answer)]
    assert len(talks) == 2
    assert (name in told[0]) if name else encoding != "utf-8" or not told


def test_utf8_is_never_read_as_anything_else(path):
    rows = "".join(f"Wo ist Köln {number}?,Für Größe – “so” {number} 你好\n" for number in range(30))
    for content in (("question,answer\n" + rows).encode(), codecs.BOM_UTF8 + ("question,answer\n" + rows).encode()):
        talks, broken, told = read(path, content)
        assert (len(talks), broken, told) == (30, [], [])
        assert talks[0][1][1].endswith("你好")
    # One row of another encoding among them costs itself alone.
    talks, broken, told = read(path, ("question,answer\n" + rows).encode() + "a für?,b\n".encode("cp1252"))
    assert (len(talks), told) == (30, [])
    assert "0xfc" in broken[0]


def test_an_encoding_may_be_named(path):
    content = "Otázka je: otázka?,ťava\n"
    talks, _, told = read(path, ("question,answer\n" + content).encode("cp1250"), encoding="Windows-1250")
    assert talks[0][1][1] == "ťava"
    assert not told
    assert "no encoding 'idna'" in read(path, b"question,answer\na,b\n", encoding="idna")[1][0]


def test_the_separator_is_what_the_rows_have_in_common(path):
    content = "Frage, kurz;Antwort, lang\n".replace(", kurz", "").replace(", lang", "") + "a, b?;c, d\ne?;f, g, h\n"
    assert read(path, content.encode())[0][0] == [("customer", "a, b?"), ("agent", "c, d")]
    content = "id;role;text,with a name\n1;customer;a, b\n1;agent;c\n".replace(",with a name", "")
    assert read(path, content.encode())[0] == [[("customer", "a, b"), ("agent", "c")]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_lines_may_end_as_old_macs_end_them(path, encoding):
    talks, broken, _ = read(path, 'Frage;Antwort\rKöln?;Am Rhein\r"Größe\rM?";Ja\r'.encode(encoding))
    assert not broken
    assert [talk[0][1] for talk in talks] == ["Köln?", "Größe\nM?"]


FLAGS = {
    "Gorgias": ("From agent?", "Private", "Yes", "No"),
    "German": ("Vom Agenten?", "Intern", "Ja", "Nein"),
    "French": ("Par l’agent ?", "Privé", "Oui", "Non"),
    "Spanish": ("¿Es agente?", "Privado", "Sí", "No"),
    "Italian": ("Da agente", "Privato", "Sì", "No"),
    "Portuguese": ("É agente?", "Privado", "Sim", "Não"),
    "Dutch": ("Van medewerker", "Intern", "Ja", "Nee"),
    "Chinese": ("是否客服", "内部", "是", "否"),
}


@pytest.mark.parametrize(("agent", "private", "yes", "no"), FLAGS.values(), ids=FLAGS)
def test_yes_and_no_say_who_speaks_and_what_is_internal(path, agent, private, yes, no):
    content = (
        f"Ticket id,Sender,{agent},{private},Body (HTML),Msg created (UTC)\n"
        f"1,Wilma,{no},{no},<p>How do I <b>reset</b> it?</p>,03/14/2026 09:15 AM\n"
        f"1,Lisa,{yes},{yes},<p>Refuse it</p>,03/14/2026 09:16 AM\n"
        f"1,Lisa,{yes},{no},<p>Turn the dial.</p>,03/14/2026 09:17 AM\n"
    )
    talks, broken, told = read(path, content.encode())
    assert not broken
    assert [role for role, _ in talks[0]] == ["customer", "note", "agent"]
    assert any("month/day/year" in sentence for sentence in told)


def test_a_column_of_names_is_no_column_of_roles(path):
    content = (
        b"ticket_id,sender,from,direction,text\n1,Wilma,w@a.example,inbound,Hi?\n1,Lisa,s@b.example,outbound,Yes\n"
    )
    assert read(path, content)[0] == [[("customer", "Hi?"), ("agent", "Yes")]]


def test_a_date_that_would_be_still_to_come_says_how_all_are_read():
    for text, reading in (("12/11/2026 09:15 AM", DAY_FIRST), ("11/12/2026 09:15 AM", MONTH_FIRST)):
        times = TimeColumn(now=datetime(2026, 11, 29, tzinfo=UTC))
        times.add("03/01/2026 09:15 AM")
        assert times.open_readings() == (DAY_FIRST, MONTH_FIRST)
        times.add(text)
        assert times.open_readings() == (reading,)
        assert "would be still to come" in times.told("date", (reading,))[0]


PIECES = st.sampled_from([
    "question", "answer", "id", "role", "text", "comments", "requester_id", "customer", "agent", ",", ";", "\t", "|",
    "\n", "\r\n", '"', '""', "[{", "}]", "'body':", '"body":', '"author_id":1', "é", "你好", "ß", "\0", "1",
    "03/04/2025", "yes", "private", "sep=;\n",
])  # fmt: skip
ENCODINGS = st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-le", "gb18030", "big5", "cp932", "utf-8-sig"])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=50), ENCODINGS, st.none() | ENCODINGS, st.binary(max_size=4), st.integers(0, 300))
def test_any_table_is_read_or_told(tmp_path_factory, pieces, encoding, named, noise, place):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    content = "".join(pieces).encode(encoding, "replace")
    path.write_bytes(content[:place] + noise + content[place:])
    for row in take([path], options=ImportOptions(columns={"encoding": named} if named else {})):
        assert row
