"""Writes docs/cli.md: every command with its arguments and options, as typer's own generator tells them.

The texts are those of the commands; nothing is to be edited here or there. A test compares.

    python docs/make_cli_reference.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = "chatbot.cli"
"""The module that holds the typer app, as the script ``understudy`` in pyproject.toml names it."""
PAGE = Path(__file__).with_name("cli.md")
HEAD = """<!-- Made by `make docs` from the commands themselves; do not edit. -->

"""


def reference() -> str:
    """The page as it has to be now."""
    root = PAGE.parents[1]
    generator = ("-m", "typer", COMMANDS, "utils", "docs", "--name", "understudy", "--title", "Command line")
    words = [sys.executable, *generator]
    made = subprocess.run(words, cwd=root, env=_environment(root), capture_output=True, text=True, check=True).stdout
    return HEAD + made.replace("&quot;", '"').replace("&#x27;", "'").strip() + "\n"


def _environment(root: Path) -> dict[str, str]:
    """Commands of this checkout, and nothing of a terminal."""
    return {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
