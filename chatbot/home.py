"""The home folder: where a desk's database, models, indexes and secrets lie.

``current.json`` names what serves and is replaced atomically, so that a reader sees the old or the new version and
never half of one. Who changes it waits for whoever is doing so (``current.lock``): no change is lost. What others
wrote into it is not trusted: a name in it names a folder of the home and nothing else.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import structlog

from chatbot.errors import ChangedError, NotFoundError, UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PUT_BACK = (
    "put it back from a backup, or delete it and let versions serve anew: `understudy index`, `understudy models "
    "promote NAME`, `understudy contracts promote NAME`."
)


class CurrentUnusableError(UnderstudyError):
    """``current.json`` is not what this program writes; the message says what to do."""

    code = "current_unusable"
    title = "What serves is not known"


@dataclass(frozen=True, slots=True)
class Current:
    """The versions that serve, and those they replaced (for one-step roll back).

    ``promise`` is what somebody has laid down that a contract is held to: the share that may be wrong, and how sure
    that has to be; None for what the settings say.
    """

    model: str | None = None
    index: str | None = None
    previous_model: str | None = None
    previous_index: str | None = None
    adapter: str | None = None
    previous_adapter: str | None = None
    contract: str | None = None
    previous_contract: str | None = None
    promise: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one desk. ``Home(path).create()`` makes the folders; everything else only names them."""

    path: Path

    def create(self) -> Home:
        """Make the folders if they are missing, for their owner only."""
        for folder in (self.path, self.models, self.indexes, self.reports):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the default database."""
        return f"sqlite:///{self.path / 'app.db'}"

    @property
    def secret_key(self) -> Path:
        """What signs tokens; see ``service.access.secret_key``."""
        return self.path / "secret.key"

    @property
    def files(self) -> Path:
        """Pictures and PDFs that customers and agents attached, by hash; see ``service.files.shelf``."""
        return self.path / "files"

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
    def questions(self) -> Path:
        """Exam files that contracts are made with, copied in by `understudy contracts fit --questions`."""
        return self.path / "questions"

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
        """What serves now; empty where nothing does.

        Raises:
            CurrentUnusableError: the file cannot be read, or names what no version is called.

        """
        path = self.path / "current.json"
        try:
            stored: Any = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Current()
        except (OSError, ValueError, RecursionError) as error:
            told = (error.strerror if isinstance(error, OSError) else "") or "it is no JSON"
            raise CurrentUnusableError(f"{path} cannot be read ({told}): {_PUT_BACK}") from error
        if not isinstance(stored, dict):
            raise CurrentUnusableError(f"{path} does not hold a JSON object: {_PUT_BACK}")
        named = {key: stored.get(key) for key in Current.__dataclass_fields__}
        promise = named.pop("promise")
        if promise is not None and not _is_promise(promise):
            raise CurrentUnusableError(f"{path} has promise {_shown(promise)}, which is none: {_PUT_BACK}")
        for key, name in named.items():
            if name is not None and not self._inside(key, name):
                raise CurrentUnusableError(f"{path} has {key} {_shown(name)}, which names no version here: {_PUT_BACK}")
        return Current(**named, promise=None if promise is None else (promise[0], promise[1]))

    def version(self, folder: Path, name: str) -> Path:
        """The folder of a version that a person named, in ``models`` say; it need not exist.

        Raises:
            NotFoundError: no version can be called so.

        """
        if not is_version_name(name) or (folder / name).is_symlink():
            raise NotFoundError(f"{_shown(name)} is no name of a version; a list shows what there is.")
        return folder / name

    def _inside(self, key: str, name: Any) -> bool:
        """Whether a name in ``current.json`` is that of a folder of this home, there or not."""
        folder = {"model": self.models, "index": self.indexes, "adapter": self.adapters, "contract": self.contracts}
        return is_version_name(name) and not (folder[key.removeprefix("previous_")] / name).is_symlink()

    def promote(
        self,
        *,
        model: str | None = None,
        index: str | None = None,
        adapter: str | None = None,
        contract: str | None = None,
        over: Current | None = None,
    ) -> Current:
        """Let a model, an index, an adapter or a contract serve from now on; returns what then serves.

        The adapter "" stands for none, which is the encoder as it is, and the contract "" for no contract. ``over`` is
        what served when this was chosen, where the choice depends on it.

        Raises:
            NotFoundError: no version can be called so.
            ChangedError: another command has replaced what stands in ``over``; nothing was changed.

        """
        with self._changing_what_serves():
            now = self.current()
            for kind, version in {"model": model, "index": index, "adapter": adapter, "contract": contract}.items():
                before = getattr(now, kind)
                if version and not self._inside(kind, version):
                    raise NotFoundError(f"{_shown(version)} is no name of a version.")
                if version is not None and over is not None and before != getattr(over, kind):
                    raise ChangedError(
                        f"Another command has changed the {kind} that serves, to {before or 'none'}, while this one "
                        "was at work; nothing was changed. Say it again if that is still what you want."
                    )
                if version is not None and (version or None) != before:
                    now = replace(now, **{kind: version or None, f"previous_{kind}": before})
            return self._write(now)

    def hold_to(self, promise: tuple[float, float] | None) -> Current:
        """Let contracts be held to this share of wrong answers and this sureness, two shares; None: as is set."""
        assert promise is None or _is_promise(promise)
        with self._changing_what_serves():
            return self._write(replace(self.current(), promise=promise))

    def _write(self, now: Current) -> Current:
        write_atomically(self.path / "current.json", json.dumps(asdict(now), indent=2) + "\n")
        return now

    @contextmanager
    def _changing_what_serves(self) -> Iterator[None]:
        """One at a time, in all processes and threads: between reading and writing, nobody else writes."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "current.lock").open("a", encoding="utf-8") as file:
            lock(file, wait=True)
            yield


def is_version_name(name: object) -> bool:
    """Whether this can be the name of a version: one folder, neither hidden nor elsewhere."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _is_promise(value: object) -> bool:
    """Whether this can be two shares, as JSON has them: neither of them 0 or 1."""
    if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004 - a pair
        return False
    return all(isinstance(each, int | float) and 0 < each < 1 for each in value)


def _shown(name: object) -> str:
    """A name for a sentence, short and without control characters."""
    return repr(name)[:80]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file as a whole: written beside it, flushed to disk, then renamed. Text is written as UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + f".{secrets.token_hex(4)}.tmp")
    with beside.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def lock(file: IO[str], *, wait: bool) -> None:
    """Lock an open file for one process alone; the system lets go when it is closed, or its process is killed.

    Raises:
        BlockingIOError: another has it, and this one does not wait.

    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:  # a network's file system, say
        structlog.get_logger("lock").warning(
            "this file system has no locks; see to it that one server runs, and one command at a time",
            error=str(error),
        )


def copy_privately(source: Path, target: Path) -> None:
    """Copy a folder with what is in it; how public the original is does not come along."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.is_dir():
            copy_privately(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def new_version_name() -> str:
    """A name that sorts by time: UTC second plus two random bytes."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
