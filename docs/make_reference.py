"""Writes what the documentation takes from the code: docs/cli.md, and the table of settings in docs/operations.md.

Commands are told by typer's own generator, settings by their fields, so nothing is edited in either place. A test
compares.

    python docs/make_reference.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLI, OPERATIONS = ROOT / "docs" / "cli.md", ROOT / "docs" / "operations.md"
_MADE = "<!-- Made by `make docs` from the commands themselves; do not edit. -->\n\n"
_TABLE = re.compile(r"(<!-- settings: made by `make docs` from chatbot/settings.py -->\n).*(<!-- end -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Each page with the text that it has to have now."""
    operations = OPERATIONS.read_text(encoding="utf-8")
    table = _settings()  # a default may hold a backslash: no template
    return {CLI: _MADE + _commands(), OPERATIONS: _TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", operations)}


def _commands() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module = project["scripts"]["understudy"].partition(":")[0]
    generator = ("-m", "typer", module, "utils", "docs", "--name", "understudy", "--title", "Command line")
    # This checkout's commands, and nothing of a terminal.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
    words = [sys.executable, *generator]
    made = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return made.replace("&quot;", '"').replace("&#x27;", "'").strip() + "\n"


def _settings() -> str:
    from chatbot.settings import Settings

    prefix = Settings.model_config["env_prefix"]
    rows = [
        f"| `{prefix}{name.upper()}` | {_shown(field.default)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return "".join(["| variable | default | |\n|---|---|---|\n", *rows])


def _shown(default: object) -> str:
    text = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
