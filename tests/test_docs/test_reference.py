"""What the documentation says of commands and settings is what the code says; its links lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from urllib.parse import unquote

import pytest

from chatbot.service.connectors import setting_up
from chatbot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def test_commands_and_settings_are_told_as_they_are():
    for page, text in runpy.run_path(str(ROOT / "docs/make_reference.py"))["pages"]().items():
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is behind the code; `make docs` writes it anew"


def test_every_setting_stands_in_the_table_and_nothing_else():
    told = re.findall(r"^\| `UNDERSTUDY_(\w+)` \|", (ROOT / "docs/operations.md").read_text("utf-8"), re.MULTILINE)
    assert [name.lower() for name in told] == list(Settings.model_fields)


def test_a_variable_that_a_page_names_exists():
    known = {f"UNDERSTUDY_{name.upper()}" for name in Settings.model_fields} | {"UNDERSTUDY_DATASETS"}
    for command in (ROOT / "chatbot/cli").glob("*.py"):
        known.update(re.findall(r'envvar="(UNDERSTUDY_\w+)"', command.read_text("utf-8")))
    asked = {each.name.upper() for kind in setting_up.KINDS.values() for each in kind.settings}
    known |= {f"UNDERSTUDY_CONNECT_{name}" for name in asked}
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in re.findall(r"UNDERSTUDY_[A-Z_]*[A-Z]", page.read_text("utf-8"))}
    assert named <= known
    assert len(named) > 20


@pytest.mark.parametrize("folder", [".", "docs", "docs/adr", "docs/results", "data", "finetune"])
def test_links_lead_somewhere(folder: str):
    pages = sorted((ROOT / folder).glob("*.md") if folder.startswith((".", "docs")) else (ROOT / folder).rglob("*.md"))
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text(encoding="utf-8"))]
    lost = [(page.name, link) for page, link in links if ":" not in link and not (page.parent / unquote(link)).exists()]
    assert not lost


def test_files_that_the_walk_names_are_there():
    walk = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    folders = ("data", "retrieval", "finetune", "chatbot", "web", "tests", "docs", "benchmarks")
    known = [f"/{path.relative_to(ROOT).as_posix()}" for folder in folders for path in (ROOT / folder).rglob("*")]
    named = set(re.findall(r"`([\w/-]+(?:\.(?:py|js|toml)|/[\w-]+))`", walk))
    assert named
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in known)] == []
