"""The home folder: where a desk's database, models, indexes and secrets lie.

``current.json`` names what serves and is replaced atomically, so that a reader sees the old or the new
version and never half of one.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Current:
    """The versions that serve, and those they replaced (for one-step roll back)."""

    model: str | None = None
    index: str | None = None
    previous_model: str | None = None
    previous_index: str | None = None
    adapter: str | None = None
    previous_adapter: str | None = None
    contract: str | None = None
    previous_contract: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one desk. ``Home(path).create()`` makes the folders; everything else only names them."""

    path: Path

    def create(self) -> Home:
        """Make the folders if they are missing."""
        for folder in (self.path, self.models, self.indexes, self.reports):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the default database."""
        return f"sqlite:///{self.path / 'app.db'}"

    @property
    def models(self) -> Path:
        """One folder a model version."""
        return self.path / "models"

    @property
    def bases(self) -> Path:
        """One folder a base that was trained from scratch here."""
        return self.path / "bases"

    @property
    def indexes(self) -> Path:
        """One folder an index version."""
        return self.path / "indexes"

    @property
    def runtime(self) -> Path:
        """The encoder in its runtime's format, made once; may be deleted at any time."""
        return self.path / "runtime"

    @property
    def adapters(self) -> Path:
        """One folder an adapter version."""
        return self.path / "adapters"

    @property
    def contracts(self) -> Path:
        """One folder a contract version."""
        return self.path / "contracts"

    @property
    def topics(self) -> Path:
        """The topics: one file, edited by people too."""
        return self.path / "topics.json"

    @property
    def practice(self) -> Path:
        """Past questions as backtests answered them, one file a combination of versions; may be deleted at any time."""
        return self.path / "practice"

    @property
    def embeddings(self) -> Path:
        """Vectors already computed, by encoder; lets indexing resume and grow."""
        return self.path / "embeddings"

    @property
    def live_embeddings(self) -> Path:
        """Vectors of what came in since the index was built; the next index takes them over."""
        return self.embeddings / "live"

    @property
    def reports(self) -> Path:
        """Reports of training and replay."""
        return self.path / "reports"

    def current(self) -> Current:
        """What serves now; empty where nothing does."""
        try:
            stored: dict[str, Any] = json.loads((self.path / "current.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Current()
        return Current(**{key: stored.get(key) for key in Current.__dataclass_fields__})

    def promote(
        self,
        *,
        model: str | None = None,
        index: str | None = None,
        adapter: str | None = None,
        contract: str | None = None,
    ) -> Current:
        """Let a model, an index, an adapter or a contract serve from now on; returns what then serves.

        The adapter "" stands for none, which is the encoder as it is, and the contract "" for no contract.
        """
        now = self.current()
        for kind, version in {"model": model, "index": index, "adapter": adapter, "contract": contract}.items():
            before = getattr(now, kind)
            if version is not None and (version or None) != before:
                now = replace(now, **{kind: version or None, f"previous_{kind}": before})
        write_atomically(self.path / "current.json", json.dumps(asdict(now), indent=2) + "\n")
        return now

    def secret(self) -> bytes:
        """The key that signs this desk's tokens; made on first use, readable by the owner only."""
        path = self.path / "secret.key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        return path.read_bytes()


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole: written beside it, flushed to disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + f".{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def new_version_name() -> str:
    """A name that sorts by time: UTC second plus two random bytes."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
