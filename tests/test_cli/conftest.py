"""Runs the program as a person does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def run_understudy(home, *words, timeout=120, umask=-1, **environment):
    """The finished process of a command on a home folder."""
    command = [sys.executable, "-m", "chatbot", "--home", str(home), *map(str, words)]
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        umask=umask,
    )
