"""Written questions as cases of a contract: exam files that a desk keeps, asked and judged by the facts they name.

``questions/`` in the home holds the files (docs/exam.md), so that a later contract is made with them again. A written
question has no time and belongs to no past conversation: it is asked of all the desk knows. Fits and promises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot.dialogue.parts import parts_of
from chatbot.errors import InputError
from chatbot.home import write_atomically
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.facts import FactError
from chatbot.learning.exam.grade import right_if_sent
from data.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.exam.question import ExamQuestion

EXAM = "exam"
"""What judged such a case."""
_NAMED = "written-"


@dataclass(frozen=True, slots=True)
class Written:
    """The questions of all files that a desk keeps, each once, by the name of its case."""

    questions: Mapping[str, ExamQuestion]

    @property
    def moments(self) -> list[Moment]:
        """The questions as ones to replay; nobody answered them. Those of one dialogue are of one conversation."""
        return [
            Moment(name, _conversation(question), 1, question.turns, "-", language=question.language)
            for name, question in self.questions.items()
        ]

    def judged(self, cases: Sequence[Case]) -> list[Case]:
        """The cases, those of written questions with what their file says of the reply; others as they are."""
        return [self._judged(case) for case in cases]

    def _judged(self, case: Case) -> Case:
        question = self.questions.get(case.id)
        if question is None:
            return case
        right = None
        if case.ours is not None and not parts_of(question.turns):
            try:
                right = right_if_sent(question, case.ours)
            except FactError:
                right = None  # what cannot be looked for proves nothing
        return replace(case, theirs="", right=right, judged_by=None if right is None else EXAM, agreement=0.0)


def keep(home: Home, files: Sequence[Path]) -> list[str]:
    """Keep copies of exam files for this contract and later ones; one of the same name is replaced.

    Returns a sentence for each line that cannot be used. Nothing is kept where a file has no question at all.

    Raises:
        InputError: a file is missing or has no question in it, or two have one name.

    """
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        raise InputError("Two files of questions have the same name; one would replace the other. Rename one of them.")
    broken = [sentence for file in files for sentence in read_exam(file).broken]
    home.questions.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in files:
        kept = home.questions / file.name
        if not (kept.exists() and kept.samefile(file)):
            write_atomically(kept, file.read_bytes())
    return broken


def kept(home: Home) -> Written:
    """The questions that a desk keeps. Of two with the same words the one that stands later in the files counts.

    Raises:
        InputError: a file has no question in it.

    """
    found: dict[str, ExamQuestion] = {}
    folder = home.questions
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.is_file() and not file.name.endswith(".tmp"):
            found |= {_NAMED + question.digest: question for question in read_exam(file).questions}
    return Written(found)


def digest_of(case: Case) -> str:
    """The digest of the words of a written question, by which an exam knows that a contract has learnt from it."""
    return case.id.removeprefix(_NAMED)


def _conversation(question: ExamQuestion) -> str:
    """A dialogue asked further belongs to what it began with: both are on one side of every division."""
    return _NAMED + replace(question, turns=question.turns[:1]).digest
