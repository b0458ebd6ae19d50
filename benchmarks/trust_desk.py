"""A desk as `trust.py` measures it: a home made by the product's own commands, and questions that it has never seen.

Thunderbird: the latest conversations of train, and those before them that link an article, are the past; dev asks.
STAR: a hash of the id divides past and asking, for it has no dates; its actions are labels. Sample: the shop as it
ships, a fifth of its conversations kept out by hash.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_corpus import items

from chatbot.cli.terminal import with_database
from chatbot.home import Home
from chatbot.learning.backtest.backtest import Backtest, opened
from chatbot.learning.contracts.make_contract import make_contract
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.settings import Settings
from data import sample
from data.moments import Moment, moments_of
from data.split import held_out
from data.transcripts import Article, Conversation, conversation_to_json, to_line
from retrieval.passages import passages_of_conversation, question_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from chatbot.service.serving.contract import Contract
    from data.progress import Report

DESKS = ("thunderbird", "star", "sample")
ASKING = 0.2
"""Share of STAR's and the sample shop's conversations, by hash, that ask."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one desk that nothing was made of, in order of time, and the articles that their helpers linked."""

    moments: list[Moment]
    linked: dict[str, frozenset[str]]


class TrustDesk:
    """One desk in its own home under ``options.work``; what was made before is used again."""

    def __init__(self, name: str, options: argparse.Namespace, report: Report) -> None:
        self.name = name
        self.options = options
        self.report = report
        self.folder: Path = options.work / name
        self.home = Home(self.folder / "home")
        self.settings = Settings(home=self.home.path, practice=options.practice)

    def ready(self) -> None:
        """Import, index, tune and fit the contract, each where that has not been done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        current = self.home.current()
        if current.index is None:
            self._command("import", *map(str, self._past_files()))
            self._command("index")
        if current.adapter is None and not (self.folder / "tuned").exists():
            self._command("tune", "--minutes", str(self.options.tune_minutes))
            (self.folder / "tuned").touch()
        if self.home.current().contract is None:
            made = with_database(self.settings, lambda db: make_contract(db, self.settings, report=self.report))
            print(f"{self.name}: {made['verdict']}")
            if not made["promoted"]:
                self._measure_anyway(made["version"])

    def backtest(self) -> Backtest:
        """The desk, ready to play questions."""
        return with_database(self.settings, lambda database: opened(database, self.settings))

    def _measure_anyway(self, version: str) -> None:
        """Let a contract that promises too little serve in this home: how well it orders answers is measured too."""
        fitted = contract_folder.load(self.home.contracts / version).fitted_with
        self.home.promote(contract=version, adapter=fitted.get("adapter") or "")

    def contract(self) -> Contract:
        """What serves."""
        found = contract_folder.serving(self.home)
        if found is None:
            raise SystemExit(f"{self.name}: no contract serves; remove {self.home.path} and run again")
        return found

    def asked(self) -> Asked:
        """The latest ``--questions`` first answers (STAR: any answer) that are measured on."""
        conversations = [each for each in self._conversations() if self._asks(each)]
        conversations.sort(key=lambda each: each.created or "")
        answers = [list(moments_of(each))[: None if self.name == "star" else 1] for each in conversations]
        moments = [moment for found in answers for moment in found if question_text(moment.context)]
        linked = {each.id: frozenset(each.labels.get("kb_links") or ()) for each in conversations}
        return Asked(moments[-self.options.questions :], linked)

    def _asks(self, conversation: Conversation) -> bool:
        return self.name == "thunderbird" or held_out(conversation.id, ASKING, salt="trust")

    def _conversations(self) -> Iterator[Conversation]:
        """What is divided into past and asking; of Thunderbird dev alone."""
        datasets: Path = self.options.datasets
        if self.name == "thunderbird":
            yield from items([datasets / "thunderbird" / "dev.jsonl.gz"], Conversation)
        elif self.name == "star":
            path = self.folder / "some.jsonl"
            if not path.exists():
                with gzip.open(datasets / "star" / "dialogues.jsonl.gz", "rt", encoding="utf-8") as lines:
                    rows = [line for line in lines if held_out(json.loads(line)["id"], self.options.star, salt="some")]
                path.write_text("".join(rows), encoding="utf-8")
            yield from items([path], Conversation)
        else:
            yield from items([sample.TRANSCRIPTS, sample.GENERATED], Conversation, sample.OWN_CONTACTS)

    def _past_files(self) -> list[Path]:
        past = self.folder / "past.jsonl"
        if self.name == "thunderbird":
            folder = self.options.datasets / "thunderbird"
            conversations = sorted(
                items([folder / "train.jsonl.gz"], Conversation), key=lambda each: each.created or ""
            )
            slugs = {article.slug for article in items([folder / "articles.jsonl.gz"], Article)}
            limit = self.options.limit or len(conversations)
            linking = [each for each in conversations[:-limit] if _links(each, slugs)]
            _write(past, [*linking, *conversations[-limit:]])
            return [past, folder / "articles.jsonl.gz"]
        _write(past, [each for each in self._conversations() if not self._asks(each)])
        return [past, sample.ARTICLES] if self.name == "sample" else [past]

    def _command(self, *words: str) -> None:
        command = [str(Path(sys.executable).with_name("understudy")), "--home", str(self.home.path), *words]
        subprocess.run(command, check=True)


def _links(conversation: Conversation, slugs: set[str]) -> bool:
    return any(slugs.intersection(passage.links) for passage in passages_of_conversation(conversation))


def _write(path: Path, conversations: Sequence[Conversation]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(to_line(conversation_to_json(each)) + "\n" for each in conversations)
