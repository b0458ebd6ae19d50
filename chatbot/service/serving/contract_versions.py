"""Contracts in the home folder: saved, loaded if unchanged, promoted, rolled back. Fits and measures nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError
from chatbot.home import is_version_name, write_atomically
from chatbot.service.serving.contract import Contract

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Current, Home

FORMAT = 1
FILE = "contract.json"
AGAIN = "`understudy contracts fit` makes a new one."


class ContractError(InputError):
    """A contract that is missing, damaged or of another format; the message says what to do."""

    code = "contract_unusable"
    title = "The contract cannot be used"


def save(folder: Path, contract: Contract) -> None:
    """Write the file into a folder of its own; it appears whole, with its checksum, or not at all."""
    body = contract.to_json()
    stored = {"format": FORMAT, "sha256": _digest(body), "contract": body}
    write_atomically(folder / FILE, json.dumps(stored, indent=2, ensure_ascii=False) + "\n")


def load(folder: Path) -> Contract:
    """Read and check the contract of a folder.

    Raises:
        ContractError: there is none, it is damaged or was changed by hand, or another version of this program wrote it.

    """
    path = folder / FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        form, stated, body = stored["format"], stored["sha256"], stored["contract"]
        damaged = stated != _digest(body)
        contract = Contract.from_json(body) if form == FORMAT and not damaged else None
        adapter = contract and contract.fitted_with.get("adapter")
        if adapter is not None and not is_version_name(adapter):
            raise ValueError(f"it was fitted with an adapter {str(adapter)[:80]!r}, which is no version's name")  # noqa: TRY301
    except FileNotFoundError as problem:
        raise ContractError(f"There is no contract {path}. {AGAIN}") from problem
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ContractError(f"The contract {path} cannot be read ({problem}). {AGAIN}") from problem
    if contract is None:
        why = "is damaged or was changed by hand" if damaged else f"has format {form}, this version reads {FORMAT}"
        raise ContractError(f"The contract {path} {why}. {AGAIN}")
    return contract


def serving(home: Home) -> Contract | None:
    """The contract that serves; None where there is none.

    Raises:
        ContractError: it cannot be used.

    """
    version = home.current().contract
    return None if version is None else load(home.contracts / version)


def versions(home: Home) -> list[str]:
    """All versions by name, the oldest first."""
    return sorted(path.parent.name for path in home.contracts.glob(f"*/{FILE}"))


def newest(home: Home) -> Contract | None:
    """The newest contract that can be used, whether it serves or is only kept; None where there is none."""
    for name in reversed(versions(home)):
        with contextlib.suppress(ContractError):
            return load(home.contracts / name)
    return None


def promote(home: Home, name: str, *, over: Current | None = None) -> None:
    """Let a contract serve after checking it.

    Raises:
        NotFoundError: no such version.
        ContractError: it cannot be used.

    """
    if name not in versions(home):
        raise NotFoundError(f"No contract {name!r} here; `understudy contracts list` shows what there is.")
    load(home.version(home.contracts, name))
    home.promote(contract=name, over=over)


def roll_back(home: Home) -> str:
    """Let the contract before the current one serve again and return its name; twice goes forward again.

    Raises:
        NotFoundError: there is none.
        ContractError: the one before cannot be used.

    """
    now = home.current()
    previous = now.previous_contract
    if previous is None:
        raise NotFoundError("There is no earlier contract to go back to.")
    promote(home, previous, over=now)
    return previous


def _digest(body: dict[str, Any]) -> str:
    """Of the canonical form: equal for equal content, however it is laid out."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
