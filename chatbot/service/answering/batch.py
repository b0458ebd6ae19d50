"""Batch work on files: answer, rank, complete or explain every line of IN.jsonl into OUT.jsonl.

Output grows in ``OUT.jsonl.part`` and is renamed at the end: an interrupted run goes on after the last whole line, and
OUT.jsonl is never half a file. A broken input line is told with its number and skipped.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError
from chatbot.service.serving.loader import load_pipeline
from chatbot.storage.queries import conversations as stored
from data.progress import Report, silent
from data.transcripts import Role, TranscriptError, Turn, to_line, turns_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chatbot.service.serving.loaded import Replies
    from chatbot.settings import Settings
    from chatbot.storage.database import Database

_BROKEN_SHOWN = 20


@dataclass(slots=True)
class BatchResult:
    """Lines written and skipped; ``broken`` holds the first sentences to show."""

    done: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Counts as JSON."""
        return {"done": self.done, "skipped": self.skipped, "messages": self.broken}


def run(settings: Settings, task: str, source: Path, target: Path, *, report: Report = silent) -> BatchResult:
    """Do ``task`` (answer, rank, complete or explain) for every line of ``source``.

    Raises:
        InputError: ``source`` cannot be read, or is the same file as ``target``.
        NotReadyError: nothing is indexed yet.

    """
    if not source.is_file():
        raise InputError(f"{source}: no such file; expected JSON lines (understudy {task} --help shows one).")
    if source.resolve() == target.resolve():
        raise InputError(f"{target} is the input; name another file for the output.")
    work = _tasks(load_pipeline(settings))[task]
    with source.open("rb") as lines:
        ids = ["" if row is None else json.dumps(row["id"]) for _, row in _rows(lines, source, BatchResult())]
    total = len(ids)
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    written = _ids_written(part)
    if written - Counter(ids):  # left by a run on another input
        part.unlink()
        written.clear()
    outcome = BatchResult()
    with source.open("rb") as lines, part.open("ab") as out:
        for number, row in _rows(lines, source, outcome):
            report(task, number - 1, total)
            if row is None:
                continue
            if written[key := json.dumps(row["id"])]:
                written[key] -= 1
                outcome.done += 1
                continue
            try:
                result = work(row)
            except (TranscriptError, InputError) as problem:
                _skip(outcome, f"{source}:{number}: {problem}")
                continue
            out.write(to_line(result).encode() + b"\n")
            out.flush()
            outcome.done += 1
        report(task, total, total)
    part.replace(target)
    return outcome


async def explain_one(settings: Settings, database: Database, message: str) -> dict[str, Any]:
    """The stored trace of a message id, or the trace of answering ``message`` as a question.

    Raises:
        NotFoundError: it looks like a message id (no spaces) and is none of ours.

    """
    async with database.read() as session:
        trace = await stored.trace_of(session, message)
    if trace is not None:
        return trace
    if " " not in message.strip():
        raise NotFoundError(f"No message {message!r} with a trace; a question has to be put in quotes, in words.")
    question = (Turn(Role.CUSTOMER, message),)
    # On another thread, because opening a desk runs an event loop of its own.
    answer = await asyncio.to_thread(lambda: load_pipeline(settings).answer(question))
    return dict(answer.trace)


def _tasks(pipeline: Replies) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
    def answer(row: dict[str, Any]) -> dict[str, Any]:
        result = pipeline.answer(turns_from_json(row.get("turns")))
        evidence = [
            {"id": item.id, "kind": str(item.kind), "score": round(item.score, 4), "text": item.text}
            for item in result.evidence
        ]
        return {
            "id": row["id"],
            "reply": result.reply,
            "decision": str(result.decision),
            "confidence": round(result.confidence, 4),
            "mode": result.mode,
            "evidence": evidence,
            "reason": result.reason,
            "suggestion": result.suggestion,
        }

    def rank(row: dict[str, Any]) -> dict[str, Any]:
        candidates = row.get("candidates")
        if not isinstance(candidates, list) or not all(isinstance(text, str) for text in candidates):
            raise InputError('expected "candidates": a list of strings')
        return {"id": row["id"], "scores": pipeline.rank(turns_from_json(row.get("turns")), candidates)}

    def complete(row: dict[str, Any]) -> dict[str, Any]:
        draft = row.get("draft")
        if not isinstance(draft, str):
            raise InputError('expected "draft": the words typed so far, a string')
        completion = pipeline.complete(turns_from_json(row.get("turns")), draft)
        return {"id": row["id"], "completion": completion.text, "confidence": round(completion.confidence, 4)}

    def explain(row: dict[str, Any]) -> dict[str, Any]:
        return {"id": row["id"], "trace": dict(pipeline.answer(turns_from_json(row.get("turns"))).trace)}

    return {"answer": answer, "rank": rank, "complete": complete, "explain": explain}


def _rows(lines: Any, source: Path, outcome: BatchResult) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for number, line in enumerate(lines, start=1):
        row: dict[str, Any] | None = None
        if line.strip():
            try:
                value = json.loads(line)
            except (UnicodeDecodeError, json.JSONDecodeError) as problem:
                _skip(outcome, f"{source}:{number}: expected a JSON object in UTF-8: {problem}")
            else:
                if isinstance(value, dict) and "id" in value:
                    row = value
                else:
                    _skip(outcome, f'{source}:{number}: expected an object with "id" and "turns"')
        yield number, row


def _skip(outcome: BatchResult, sentence: str) -> None:
    outcome.skipped += 1
    if len(outcome.broken) < _BROKEN_SHOWN:
        outcome.broken.append(sentence)


def _ids_written(part: Path) -> Counter[str]:
    """How often each id stands in what an earlier run left; a line cut by a kill is cut off."""
    if not part.exists():
        return Counter()
    content = part.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with part.open("r+b") as file:
            file.truncate(end)
    return Counter(json.dumps(json.loads(line)["id"]) for line in content[:end].splitlines())
