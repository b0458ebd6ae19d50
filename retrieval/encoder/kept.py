"""The encoder as it was converted, kept on disk and opened again without torch.

Importing torch and sentence-transformers, loading the weights and tracing them takes seconds, and a command that looks
one question up needs none of it twice. Kept are the graph, the tokeniser, and the vectors that the reference gave for
the probes; whoever opens it compares. It is found by the hash of the model's own files and of the releases that decide
what these mean, so that other weights or another release convert anew. May be deleted at any time.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoder import openvino
from retrieval.encoder.batches import Tokens
from retrieval.encoder.openvino import OpenVino
from retrieval.encoder.runtime import AGREES, PROBES, agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMAT = 2
_RELEASES = ("openvino", "sentence-transformers", "transformers", "tokenizers")
_TOKENIZER = "tokenizer.json"
_RECORD = "encoder.json"
_FILES = (openvino.GRAPH, openvino.WEIGHTS, _TOKENIZER)


@dataclass(frozen=True, slots=True)
class Space:
    """The vector space of an encoder: its name, the length of a vector, and the tokens that are read of a text."""

    fingerprint: str
    dimension: int
    longest: int


def place(cache: Path, folder: Path) -> Path | None:
    """Where in ``cache`` the model of a folder is kept; None where it is no folder or OpenVINO is not installed."""
    digest = hashlib.sha256()
    try:
        releases = [f"{name} {importlib.metadata.version(name)}" for name in _RELEASES]
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(folder).as_posix()} {_sha256(file)}\n".encode())
    except (OSError, importlib.metadata.PackageNotFoundError):
        return None
    digest.update(json.dumps([_FORMAT, releases, PROBES]).encode())
    return cache / f"openvino-{digest.hexdigest()[:16]}" if folder.is_dir() else None


def reopen(kept: Path, *, threads: int, bf16: bool) -> tuple[OpenVino, Space] | None:
    """What ``keep`` saved; None where there is none, it is damaged, or it does not give the probes' vectors here."""
    with suppress(OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError):
        record = json.loads((kept / _RECORD).read_text(encoding="utf-8"))
        if record["files"] != {name: _sha256(kept / name) for name in _FILES}:
            return None
        if bf16 and not openvino.computes_bf16():
            return None
        from tokenizers import Tokenizer

        space = Space(**record["space"])
        tokens = Tokens(Tokenizer.from_file(str(kept / _TOKENIZER)), space.longest, record["padding"])
        found = OpenVino(tokens, openvino.read(kept), threads=threads, bf16=bf16)
        if agreement(found, np.asarray(record["probes"], dtype=np.float32)) > AGREES:
            return found, space
    return None


def keep(kept: Path, runtime: OpenVino, space: Space, probed: NDArray[np.float32]) -> None:
    """Save a converted model whole or not at all. Where that fails, the next start takes seconds longer, no more.

    ``probed`` are the reference's vectors of the probes, shape (probes, dimension).
    """
    with suppress(OSError, RuntimeError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f"{kept.name}.", dir=kept.parent))
        try:
            openvino.save(runtime.converted, beside)
            runtime.tokens.tokenizer.save(str(beside / _TOKENIZER))
            record = {
                "space": asdict(space),
                "padding": runtime.tokens.padding,
                "probes": probed.tolist(),
                "files": {name: _sha256(beside / name) for name in _FILES},
            }
            (beside / _RECORD).write_text(json.dumps(record), encoding="utf-8")
            shutil.rmtree(kept, ignore_errors=True)
            beside.rename(kept)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
