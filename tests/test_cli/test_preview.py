"""What an import would learn is shown before anything is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.test_cli.test_main import last, run

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """ticket_id,role,text,private
{}900,customer,"Bye \x1b[31mred\x1b[0m, mail me at wilma@example.com",false
900,agent,It is [bold]blue[/bold].,false
900,agent,She complains a lot,true
901,agent,Is all well?,false
901,customer,Yes,false
902,customer,Nobody answered,false
902,alien,?,false
"""


def test_ten_conversations_and_what_is_unsure_before_anything_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        TABLE.format("".join(f"{n},customer,Question {n}?,false\n{n},agent,Answer {n}.,false\n" for n in range(40)))
    )
    home = tmp_path / "home"
    output = run(home, "import", "--preview", str(path), "--json", exit_code=3)
    assert not home.exists()
    found = last(output)
    assert len(found["shown"]) == 10  # type: ignore[arg-type]
    assert (found["kept"], found["broken"], found["dropped"]) == (41, 1, {"no agent answer": 2})
    assert {"have no times": 41}.items() <= found["unsure"].items()  # type: ignore[attr-defined]
    assert found == last(run(home, "import", "--preview", str(path), "--json", exit_code=3))
    decided = ("private: 'true' is internal", "unsure: 41 of 41 have no times")
    for part in ("customer: Question", "Nothing was stored", *decided):
        assert part in output
    assert "complains" not in output


def test_what_a_file_holds_commands_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE.format(""))
    output = run(tmp_path / "home", "import", "--preview", str(path), "--column", "order=oldest_first", exit_code=3)
    assert "\x1b[31m" not in output
    assert "[bold]blue[/bold]" in output
    assert "wilma" not in output
