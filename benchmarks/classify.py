"""How well a desk's own labels are told of conversations that it has never seen, and when it abstains.

    python benchmarks/classify.py --work FOLDER [--limit 4000] [--only banking77]

Each desk is a home made by the product's own commands: a hash of the id keeps a fifth out, which asks. banking77 and
clinc150: questions with one intent, a tag (clinc150's out-of-scope questions of train and dev are near no label). STAR:
whole dialogues up to the first reply, their task a tag. Compared with the most frequent label and with the label of the
nearest past conversation, whose cosine is taken for its probability. In words: the names of the labels alone, nothing
of the past. Language: the questions of other_languages.jsonl. Prints a table and one JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.text.language import language_shares
from chatbot.dialogue.window import read
from chatbot.home import Home
from chatbot.service.classifying.classes import SURE, Classes
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from data.transcripts import Role, Turn
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.index.snapshot import PassageIndex
from retrieval.search.label_votes import calibration_error
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Iterator

DESKS = ("banking77", "clinc150", "star")
ASKING = 0.2
WIDTHS = (0.02, 0.03, 0.05, 0.08, 0.12)


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=4000)
    parser.add_argument("--only", choices=DESKS)
    options = parser.parse_args()
    encoder = SentenceEncoder.load()
    figures: dict[str, Any] = {"benchmark": "classify", "desks": {}, "language": language()}
    for name in [options.only] if options.only else DESKS:
        make(name, options)
        figures["desks"][name] = asyncio.run(measured(name, options, encoder))
    print(json.dumps(figures))


def rows(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Conversations as they are imported; those out of scope have no tag."""
    if name == "star":
        with gzip.open(folder / name / "dialogues.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                tasks = row["labels"].get("tasks") or []
                if len(tasks) == 1:
                    yield {**row, "labels": {"tags": tasks}}
        return
    for part in ("train", "dev"):
        path = folder / name / f"{part}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for place, row in enumerate(map(json.loads, lines)):
                    turns = [
                        {"role": "customer", "text": row["text"]},
                        {"role": "agent", "text": f"We look into it at once, this is case {part} {place}."},
                    ]
                    tags = [] if row["oos"] else [row["intent"].replace("_", " ")]
                    yield {"id": f"{name}-{part}-{place}", "turns": turns, "labels": {"tags": tags}, "language": "en"}


def divided(name: str, options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The past and those that ask, by a hash of the id; what is out of scope asks."""
    hashed = sorted(rows(name, options.datasets), key=lambda row: hashlib.sha256(row["id"].encode()).digest())
    some = [row for row in hashed if row["labels"]["tags"]][: options.limit]
    asking = some[: int(len(some) * ASKING)]
    return some[len(asking) :], asking + [row for row in hashed if not row["labels"]["tags"]]


def make(name: str, options: argparse.Namespace) -> None:
    """Its home, by the product's own import, unless it is there."""
    home = Home(options.work / name)
    if home.current().index is None:
        file = options.work / f"{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row) + "\n" for row in divided(name, options)[0]), encoding="utf-8")
        command = [sys.executable, "-m", "chatbot", "--home", str(home.path), "import", str(file), "--index"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


async def measured(name: str, options: argparse.Namespace, encoder: SentenceEncoder) -> dict[str, Any]:
    """One desk."""
    past, asking = divided(name, options)
    home = Home(options.work / name)
    index = home.current().index
    assert index is not None
    retriever = Retriever(PassageIndex.open(home.indexes / index, encoder), encoder)
    serving = Here(retriever, index)
    async with open_database(Settings(home=home.path).database()) as database:
        classes = Classes(database, serving, home)  # type: ignore[arg-type]
        usual = Counter(row["labels"]["tags"][0] for row in past).most_common(1)[0][0]
        told = [await classes.sort(turns_of(row), "tags") for row in asking]
        learnt = next(iter(classes._learnt.values()))[1]  # noqa: SLF001
    truth = [row["labels"]["tags"][0] if row["labels"]["tags"] else None for row in asking]
    first = [next(iter(each.labels.items()), ("", 0.0)) for each in told]
    tags = {row["id"]: row["labels"]["tags"][0] for row in past}
    nearest = [(tags[each.near[0][0].source_id], each.near[0][0].cosine) if each.near else ("", 0.0) for each in told]
    found = {
        "past": len(past),
        "labels": len(set(tags.values())),
        "kernel": [learnt.kernel.width, learnt.kernel.prior_at],
        "on its past": learnt.measured and [round(each, 3) for each in learnt.measured],
        "ours": figures_of(first, truth, [each.abstained is not None for each in told]),
        "nearest": figures_of(nearest, truth, [False] * len(truth)),
        "most frequent": figures_of([(usual, 0.0)] * len(truth), truth, [False] * len(truth)),
        "in words": in_words(encoder, asking, truth, sorted(set(tags.values()))),
    }
    for what, each in found.items():
        print(f"{name:<12}{what:<16}{each}", flush=True)
    return found


def figures_of(first: list[tuple[str, float]], truth: list[str | None], abstained: list[bool]) -> dict[str, float]:
    """Accuracy over all that have a label; over those not abstained from, and their share; calibration; refusals."""
    known = np.array([each is not None for each in truth])
    right = np.array([name == each for (name, _), each in zip(first, truth, strict=True)])
    kept = ~np.array(abstained)
    p = np.clip(np.array([each for _, each in first]), 0, 1)
    found = {
        "accuracy": right[known].mean(),
        "kept": kept[known].mean(),
        "accuracy of kept": right[known & kept].mean(),
        "calibration error": calibration_error(p[known], right[known]),
    }
    if not known.all():
        found["out of scope refused"] = 1 - kept[~known].mean()
        found["accuracy of kept, out of scope among them"] = right[kept].mean()
    return {name: round(float(value), 3) for name, value in found.items()}


def in_words(
    encoder: SentenceEncoder, asking: list[dict[str, Any]], truth: list[str | None], labels: list[str]
) -> dict[str, Any]:
    """The names of the labels alone, by how fast likelihood falls with likeness."""
    known = [row for row, each in zip(asking, truth, strict=True) if each is not None]
    right_names = np.array([each for each in truth if each is not None])
    likeness = encoder.encode([read(turns_of(row)).question for row in known]) @ encoder.encode(labels).T
    names = np.array(labels)[likeness.argmax(axis=1)]
    right = names == right_names
    found: dict[str, Any] = {"accuracy": round(float(right.mean()), 3)}
    for width in WIDTHS:
        weights = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / width)
        p = 1 / weights.sum(axis=1)
        kept = p >= SURE
        found[str(width)] = {
            "calibration error": round(calibration_error(p, right), 3),
            "kept": round(float(kept.mean()), 3),
            "accuracy of kept": round(float(right[kept].mean()), 3) if kept.any() else None,
        }
    return found


def language() -> dict[str, float]:
    """The language of a question: how often right, and how far off its probability."""
    lines = Path(__file__).with_name("other_languages.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    first = [next(iter(language_shares(row["question"]).items()), ("", 0.0)) for row in asked]
    truth = [row["language"] for row in asked]
    found = figures_of(first, truth, [p < SURE for _, p in first])
    print(f"{'language':<28}{found}", flush=True)
    return {"questions": len(asked), **found}


def turns_of(row: dict[str, Any]) -> tuple[Turn, ...]:
    """What the customer wrote before anybody answered."""
    said = [Turn(Role(turn["role"]), turn["text"]) for turn in row["turns"]]
    until = next((place for place, turn in enumerate(said) if place and turn.role is not Role.CUSTOMER), len(said))
    return tuple(said[:until])


class Here:
    """What serves, as far as sorting asks for it."""

    def __init__(self, retriever: Retriever, index: str) -> None:
        self._retriever = retriever
        self.loaded = SimpleNamespace(index=index)

    async def look(self, work: Any) -> Any:
        """At once."""
        return work(self._retriever)


if __name__ == "__main__":
    main()
