"""Excel workbooks and Parquet files go through the same columns as CSV, whatever their size and whoever made them."""

from __future__ import annotations

import sys
import tracemalloc
import zipfile
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY, detect
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.limits import Limits

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
ROWS = [
    ("Ticket", "Rolle", "Nachricht", "Datum"),
    ("1740820000001", "Kunde", "Wo ist <es> & wann?", "45717.5"),
    ("1740820000001", "Mitarbeiter", "Unterwegs.", "45717.75"),
]


def row(number, cells, strings):
    found = []
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        at = f'r="{"ABCDEFGHIJ"[place]}{number}"'
        if cell.replace(".", "").isdigit():
            found.append(f"<c {at}><v>{cell}</v></c>")
        elif number % 2:
            strings.append(cell)
            found.append(f'<c {at} t="s"><v>{len(strings) - 1}</v></c>')
        else:
            found.append(f'<c {at} t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
    return f'<row r="{number}">{"".join(found)}</row>'


def write(path, *sheets, raw=None, shared=None, prop=""):
    """A workbook as Excel packs it; ``raw`` is the XML of its first sheet."""
    strings = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, max(1, len(sheets)) + 1))
        archive.writestr("xl/workbook.xml", f'<workbook xmlns:r="x">{prop}<sheets>{names}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="rId{n}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, max(1, len(sheets)) + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        for number, rows in enumerate(sheets, 1):
            text = "".join(row(n, cells, strings) for n, cells in enumerate(rows, 1))
            archive.writestr(f"xl/worksheets/sheet{number}.xml", raw or SHEET.format(text))
        if raw and not sheets:
            archive.writestr("xl/worksheets/sheet1.xml", raw)
        items = "".join(f"<si><r><t>{escape(one)}</t></r><rPh><t>X</t></rPh></si>" for one in strings)
        archive.writestr("xl/sharedStrings.xml", shared or f"<sst>{items}</sst>")
    return path


def read(path, **options):
    rows = list(REGISTRY[detect(path)].read(path, ImportOptions(**options)))
    talks = [row.item for row in rows if isinstance(row, Found)]
    return talks, [row.message for row in rows if isinstance(row, Broken)], [
        row.message for row in rows if isinstance(row, Told)
    ]  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.xlsx"


def test_a_workbook_is_read_as_its_table(path):
    write(path, [], ROWS, [("a", "b")])
    (talk,), broken, told = read(path)
    assert not broken
    assert talk.id == "1740820000001"
    assert [(str(turn.role), turn.text, turn.at) for turn in talk.turns] == [
        ("customer", "Wo ist <es> & wann?", "2025-03-01T12:00:00Z"),
        ("agent", "Unterwegs.", "2025-03-01T18:00:00Z"),
    ]
    assert any("S2 was read" in one and "S3" in one for one in told)


def test_empty_cells_and_rows(path):
    write(path, [("id", "role", "text", "topic"), ("1", "customer", "Hi?"), (None, None), ("1", "agent", "Yes", None)])
    (talk,), broken, _ = read(path)
    assert not broken
    assert len(talk.turns) == 2
    write(path, [("id", "role", "text"), ("1", "customer", "Hi?", "more"), ("1", "agent", "Yes")])
    _, (message,), _ = read(path)
    assert "found 4" in message


DAMAGED = {
    "no ZIP": b"PK but no archive",
    "old Excel": b"\xd0\xcf\x11\xe0" + b"\x00" * 100,
    "empty": b"",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_workbook_is_told(path, content):
    path.write_bytes(content)
    talks, (message,), _ = read(path)
    assert not talks
    assert "CSV" in message


@pytest.mark.parametrize(
    "raw",
    [
        SHEET.format("<row><c><v>1</v>")[:-30],
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet><row><c t="str"><v>&b;</v></c></row></worksheet>',
        SHEET.format('<row r="x"><c r="??" t="s"><v>zz</v></c></row>'),
        SHEET.format('<row r="1"><c r="A1" t="s"><v>99999999999999999999999</v></c></row>'),
    ],
)
def test_damaged_sheets_are_told(path, raw):
    talks, broken, _ = read(write(path, raw=raw))
    assert not talks
    assert broken


def test_days_from_1904_are_not_misread(path):
    assert "1904" in read(write(path, ROWS, prop='<workbookPr date1904="1"/>'))[1][0]


def test_what_swells_is_refused_and_memory_stays_small(path, tmp_path):
    limits = Limits(cell_characters=1000, columns=50)
    wide = "<row>" + "<c><v>1</v></c>" * 400_000 + "</row>"
    long = f'<row><c r="C3" t="str"><v>{"x" * 3_000_000}</v></c></row>'
    deep = "<a>" * 200_000 + "</a>" * 200_000
    header = '<row r="1"><c t="str"><v>id</v></c><c t="str"><v>role</v></c><c t="str"><v>text</v></c></row>'
    for raw in (SHEET.format(header + wide), SHEET.format(header + long), SHEET.format(header + deep)):
        write(path, raw=raw)
        tracemalloc.start()
        _, broken, _ = read(path, limits=limits)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert broken
        assert peak < 12_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 5_000_000)
        archive.writestr("xl/_rels/workbook.xml.rels", "<a/>")
    assert "UNDERSTUDY_IMPORT_RATIO" in read(path)[1][0]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=60), st.integers(0, 2000))
def test_any_bytes_are_read_or_told(tmp_path_factory, data, text, cut):
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    write(path, raw=SHEET.format(escape(text).replace("\x00", "")) if cut % 2 else text, shared=data.decode("latin-1"))
    if cut % 3:
        path.write_bytes(path.read_bytes()[:cut] + data)
    for one in REGISTRY["xlsx"].read(path, ImportOptions()):
        assert isinstance(one, Broken | Found | Told)


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    table = {
        "id": [1, 1, 2],
        "role": ["customer", "agent", None],
        "text": ["Hi?", "Yes", "?"],
        "created_at": [None] * 3,
    }
    parquet.write_table(pyarrow.table(table), path)
    (talk,), broken, _ = read(path)
    assert [turn.text for turn in talk.turns] == ["Hi?", "Yes"]
    assert "'' is no role" in broken[0]
    messages = [[{"role": "customer", "content": "Hi?"}, {"role": "agent", "content": "Yes"}]]
    parquet.write_table(pyarrow.table({"id": ["a"], "messages": messages}), path)
    (talk,), broken, _ = read(path)
    assert not broken
    assert [(str(turn.role), turn.text) for turn in talk.turns] == [("customer", "Hi?"), ("agent", "Yes")]
    for content in (b"", b"PAR1", b"PAR1" + b"\xff" * 50 + b"PAR1"):
        path.write_bytes(content)
        assert "no Parquet file" in read(path)[1][0]


def test_parquet_names_its_extra(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "understudy[parquet]" in read(path)[1][0]
