"""``python -m chatbot`` is the `understudy` command, for where the script is not on the path."""

from __future__ import annotations

from chatbot.cli.main import main

if __name__ == "__main__":
    main()
