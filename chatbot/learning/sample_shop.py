"""What the sample shop has learnt, as it ships: made by one command, laid into a demo's home where it fits.

What an afternoon leaves behind, in JSON and pages (and safetensors, where what the encoder learnt is kept): contract,
topics, the reports of replay and exam. It holds for the very texts and the encoder that it was made with. Whatever
does not fit is not used, and that is told: a promise made for another shop is none.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.home import copy_privately, write_atomically
from chatbot.learning import encoder_tuning
from chatbot.learning.backtest.replay_questions import code_digest
from chatbot.learning.contracts.make_contract import make_contract
from chatbot.learning.contracts.written_questions import keep
from chatbot.learning.exam.exam_run import Bars, exam
from chatbot.learning.replay.replay_run import ReplayOptions, replay
from chatbot.service.serving import contract_versions
from chatbot.service.serving.contract import answers
from chatbot.service.serving.loader import load_current
from data.progress import silent
from data.sample import ARTICLES, EXAM, GENERATED, QUESTIONS, TRAINED, TRANSCRIPTS
from data.transcripts import turns_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatbot.home import Home
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report

FORMAT = 1
MANIFEST, TOPICS, CONTRACTS, ADAPTERS, REPORTS = "manifest.json", "topics.json", "contracts", "adapters", "reports"
AGAIN = "In a checkout `make sample` makes it anew."
_MARK = "-sample"
"""The end of the name of a contract that ships, so that it gives way to a later one and a desk's own never does."""
_DEPENDS_ON = ("chatbot.dialogue", "retrieval")
"""Packages that say what is answered and how surely."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What is in the folder. ``shop``, ``encoder`` and ``code`` say what it was made with, ``reports`` are pages.

    ``contract`` is None where nothing could be promised. ``answers`` are the decision and the probability of each
    held-out question, by its id: other ones mean that it has to be made anew.
    """

    format: int
    shop: str
    encoder: str
    code: str
    contract: str | None
    adapter: str | None
    reports: dict[str, str]
    answers: dict[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Laid:
    """What a demo's home has of it: pages by what they are, where it fits, and a note where something is to be told."""

    reports: dict[str, Path]
    note: str | None = None


def lay(home: Home, folder: Path = TRAINED) -> Laid:
    """Let what ships serve in a demo's home that is indexed; a contract that was made there stays.

    Doing it again does nothing; what a person went back from does not return.
    """
    serves = home.current().contract
    if serves is not None and not serves.endswith(_MARK):
        return Laid({}, f"The contract {serves} that was made here serves, not the one that ships.")
    try:
        shipped = read(folder)
        why = _unfit(home, shipped)
    except (OSError, ValueError, KeyError, TypeError, contract_versions.ContractError) as problem:
        why = f"it cannot be read ({problem})."
    if why is not None:
        if serves is not None:
            home.promote(contract="", adapter="")
        return Laid({}, f"Nothing of what the shop has learnt is used: {why} {AGAIN}")
    if not all((home.reports / page).exists() for page in shipped.reports.values()):
        _copy(folder, home)
        home.promote(contract=shipped.contract or "", adapter=shipped.adapter or "")
    note = None
    if shipped.code != _code():
        note = (
            "The figures below were measured with an earlier version of this program and may be off by a little. For "
            f"those of this one run: understudy exam {EXAM}, and understudy replay. {AGAIN}"
        )
    return Laid({name: home.reports / page for name, page in shipped.reports.items()}, note)


def read(folder: Path) -> Shipped:
    """What ships.

    Raises:
        OSError, ValueError, KeyError, TypeError: it is not there, damaged, or of another version of this program.
        ContractError: its contract cannot be used.

    """
    stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if stored["format"] != FORMAT:
        raise ValueError(f"it has format {stored['format']}, this version reads {FORMAT}")
    shipped = Shipped(**{**stored, "answers": {name: tuple(answer) for name, answer in stored["answers"].items()}})
    if shipped.contract is not None:
        contract_versions.load(folder / CONTRACTS / shipped.contract)
    return shipped


def _copy(folder: Path, home: Home) -> None:
    """Copy what ships into a home, with the questions it was made of; topics that are there stay: people edit them."""
    keep(home, [EXAM])
    for name, target in ((CONTRACTS, home.contracts), (ADAPTERS, home.adapters), (REPORTS, home.reports)):
        if (folder / name).is_dir():
            copy_privately(folder / name, target)
    if (folder / TOPICS).exists() and not home.topics.exists():
        shutil.copyfile(folder / TOPICS, home.topics)


def _unfit(home: Home, shipped: Shipped) -> str | None:
    """Why it may not serve here; None where it may."""
    if shipped.shop != shop_digest():
        return "its articles or conversations have changed since."
    if shipped.encoder != _encoder(home):
        return "another encoder finds its answers."
    return None


def shop_digest() -> str:
    """Of all texts that the shop's answers come from."""
    digest = blake2b(digest_size=8)
    for path in (*sorted(ARTICLES.glob("*.md")), TRANSCRIPTS, GENERATED):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _encoder(home: Home) -> str:
    """The fingerprint of the encoder that the index was made with."""
    manifest = home.indexes / str(home.current().index) / "manifest.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["encoder"])


def _code() -> str:
    return code_digest(resources.files(package) for package in _DEPENDS_ON)


async def learn(database: Database, settings: Settings, *, minutes: float, report: Report = silent) -> Path:
    """Let an indexed home of the shop learn what ships: tune, make a contract, replay; returns the replay's page.

    A contract under which nothing may be answered does not serve, nor what the encoder learnt for it: the shop shows
    what a desk does.

    Raises:
        NotReadyError: there is no index, or it cannot be used.
        InputError: there are too few past questions to claim anything.

    """
    home = settings.desk()
    keep(home, [EXAM])
    await encoder_tuning.tune_if_enough(database, home, minutes=minutes, report=report)
    await make_contract(database, settings, report=report)
    made = contract_versions.serving(home)
    if made is not None and answers(made.thresholds):
        contract_versions.save(home.contracts / (made.version + _MARK), replace(made, version=made.version + _MARK))
        contract_versions.promote(home, made.version + _MARK)
    else:  # without what the encoder learnt all of the past can be replayed
        home.promote(contract="", adapter="")
    return Path((await replay(database, settings, ReplayOptions(), report=report))["page"])


def pack(settings: Settings, replayed: Path, folder: Path = TRAINED, *, report: Report = silent) -> Shipped:
    """Grade a home that has learnt, and put what ships of it into a folder, which is replaced; the manifest last.

    Not to be called on a running event loop.
    """
    home = settings.desk()
    current = home.current()
    pages = {"replay": replayed, "exam": Path(exam(settings, EXAM, Bars(), report=report)["page"])}
    shutil.rmtree(folder, ignore_errors=True)
    (folder / REPORTS).mkdir(parents=True)
    for page in pages.values():
        shutil.copyfile(page, folder / REPORTS / page.name)
    if current.contract:
        copy_privately(home.contracts / current.contract, folder / CONTRACTS / current.contract)
    if current.adapter:
        copy_privately(home.adapters / current.adapter, folder / ADAPTERS / current.adapter)
    if home.topics.exists():
        shutil.copyfile(home.topics, folder / TOPICS)
    shipped = Shipped(
        format=FORMAT,
        shop=shop_digest(),
        encoder=_encoder(home),
        code=_code(),
        contract=current.contract,
        adapter=current.adapter,
        reports={name: page.name for name, page in pages.items()},
        answers=dict(answered(settings)),
    )
    write_atomically(folder / MANIFEST, json.dumps(asdict(shipped), indent=1) + "\n")
    return shipped


def answered(settings: Settings) -> Iterator[tuple[str, tuple[str, float]]]:
    """Decision and probability of each held-out question, by its id, with what serves in a home."""
    loaded = load_current(settings)
    assert loaded.pipeline is not None
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        answer = loaded.pipeline.answer(turns_from_json(row["turns"]))
        yield row["id"], (answer.decision.value, round(answer.confidence, 3))
