"""Back-translation: the customer's last words into another language and back, so that they come out otherwise.

As augmentation: Yu et al. 2018 (QANet, arXiv 1804.09541); the idea: Sennrich, Haddow & Birch 2016, arXiv 1511.06709.

``STAGE | STAGE`` says how: at least two, each a command that reads lines and writes as many (``apertium -u eng-spa``),
or the folder of a Marian model (``marian.py``). No shell reads it: words are split as a shell would, programs are
started as they stand. A text whose facts do not all come back is left out, so is one that comes back the same; of
failures, what was left out and why is told.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.augment.facts import facts_in, names_in, words_in
from finetune.augment.variant import Learnt, with_context
from finetune.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Translator = Callable[[list[str]], list[str]]

HOW = "say it as --back-translate 'COMMAND THERE | COMMAND BACK', such as 'apertium -u eng-spa | apertium -u spa-eng'"
_AT_ONCE = 64
"""Texts that a command is started for; what fails, fails for so many."""
_SECONDS = 120.0
_LONGEST = 1000
"""Characters; a longer text is seldom a question, and is slow."""
_LEAST, _MOST = 0.5, 2.0
"""Of its length a text keeps so much; else something was lost or invented."""
_TOLD = 240
"""Characters of a complaint that are passed on, of its begin and its end: programs say at either what is wrong."""
_OPERATORS = frozenset("();<>|&")


class StageError(RuntimeError):
    """A translation failed; the message says why, as a part of a sentence."""


def stages(text: str, *, seconds: float = _SECONDS) -> list[Translator]:
    """What ``STAGE | STAGE`` names, ready to be called with lines of text; commands end after so many ``seconds``.

    Raises:
        TrainingError: it cannot be read, or names a program or a folder that is not there; says what to do.

    """
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, ""
        words = list(lexer)
    except ValueError as error:
        raise TrainingError(f"the back-translation cannot be read ({error}): {HOW}") from error
    found: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            found.append([])
        elif _OPERATORS.issuperset(word):
            raise TrainingError(f"no shell reads the back-translation, so {word!r} means nothing in it: {HOW}")
        else:
            found[-1].append(word)
    if len(found) < 2 or not all(found):  # noqa: PLR2004
        raise TrainingError(f"a back-translation goes there and back: {HOW}")
    return [_stage(words, seconds) for words in found]


def _stage(words: list[str], seconds: float) -> Translator:
    if len(words) == 1 and Path(words[0]).is_dir():
        from finetune.augment.marian import marian

        return marian(Path(words[0]))
    program = shutil.which(words[0])
    if program is None:
        raise TrainingError(f"{words[0]!r} is no program here and no folder: install it, or {HOW}")
    return partial(_piped, [program, *words[1:]], seconds)


def _piped(command: list[str], seconds: float, lines: list[str]) -> list[str]:
    """The lines that a command makes of these.

    Raises:
        StageError: it fails, takes too long, or gives more or fewer.

    """
    try:
        process = subprocess.Popen(  # noqa: S603  # the desk's own lead names it, and no shell reads it
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # many are scripts: what they have started ends with them
        )
    except OSError as error:
        raise StageError(f"{command[0]} cannot be started ({error})") from error
    try:
        made, complaint = process.communicate("".join(f"{line}\n" for line in lines), timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise StageError(f"{command[0]} took longer than {seconds:g} seconds") from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        told = " ".join(complaint.split())
        told = told if len(told) <= _TOLD else f"{told[: _TOLD // 2]} … {told[-_TOLD // 2 :]}"
        raise StageError(f"{command[0]} ended with {process.returncode}{': ' if told else ''}{told}")
    out = made.removesuffix("\n").split("\n")
    if len(out) != len(lines):
        raise StageError(f"{command[0]} made {len(out)} lines of {len(lines)}")
    return out


class BackTranslation:
    """The technique; ``left_out`` are texts that could not be translated, ``reason`` why the last one was."""

    def __init__(self, there_and_back: Sequence[Translator], language: str | None) -> None:
        """Moments in other than this ``language``, which the first stage reads, have no variant."""
        self._stages, self._language = there_and_back, language
        self.left_out = 0
        self.reason = ""

    def __call__(self, some: Sequence[Learnt], seed: int) -> list[Learnt | None]:  # noqa: ARG002  # draws nothing
        """As ``variant.Technique``; a text always comes back the same."""
        mine = [each.moment.context[-1].text for each in some if each.moment.language == self._language]
        asked = dict.fromkeys(text for text in mine if len(text) <= _LONGEST)
        told: dict[str, str] = {}
        for start in range(0, len(asked), _AT_ONCE):
            told |= self._translated(list(asked)[start : start + _AT_ONCE])
        return [
            _said(each, told.get(each.moment.context[-1].text)) if each.moment.language == self._language else None
            for each in some
        ]

    def notes(self) -> list[str]:
        """What is to be told of it."""
        if not self.left_out:
            return []
        return [f"{self.left_out:,} questions were not back-translated: {self.reason}."]

    def _translated(self, texts: list[str]) -> dict[str, str]:
        """Translations by text; a text goes line by line and keeps its lines."""
        rows = [text.splitlines() for text in texts]
        lines = list(dict.fromkeys(line for row in rows for line in row if line.strip()))
        made = lines
        try:
            for stage in self._stages:
                made = stage(made)
        except StageError as error:
            self.left_out += len(texts)
            self.reason = str(error)
            return {}
        by_line = dict(zip(lines, made, strict=True))
        return {
            text: "\n".join(" ".join(by_line.get(line, line).split()) for line in row)
            for text, row in zip(texts, rows, strict=True)
        }


def _said(each: Learnt, text: str | None) -> Learnt | None:
    """The moment with its question as it came back, where it can be used."""
    turn = each.moment.context[-1]
    if text is None or not _LEAST * len(turn.text) <= len(text) <= _MOST * len(turn.text):
        return None
    facts = facts_in(turn.text) | (words_in(turn.text) & names_in(each.moment.answer))
    if " ".join(text.split()) == " ".join(turn.text.split()) or not facts <= words_in(text):
        return None
    return with_context(each, [*each.moment.context[:-1], replace(turn, text=text)])
