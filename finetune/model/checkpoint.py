"""Versions of a fine-tuned model: one folder each, weights as safetensors, everything else JSON, the manifest last.

A folder without a manifest is one whose saving was interrupted: it is never listed and never loaded. The manifest holds
the SHA-256 of every file that is loaded, so that a flipped byte is told before it answers a customer.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from finetune.model.checksums import digest, file_sums
from finetune.model.untrusted import NO_CODE, UntrustedModelError, refuse_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tokenizers import Tokenizer

    from finetune.model.weights import Weights

MANIFEST = "manifest.json"
FORMAT = 1
REPLIES, WRITER = "replies", "writer"
"""What a version is for: to reply to customers, or to write a text from an outline, which never serves them."""


class CheckpointError(RuntimeError):
    """A version is missing, incomplete or damaged; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version is: where it came from, how it was trained, what was measured, and the sum of each file."""

    name: str
    created: str
    base: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    kind: str = REPLIES


def new_version_folder(models: Path, created: str) -> Path:
    """Make an empty folder for a version, named after ``created`` (ISO-8601) and a number: names sort by age."""
    stamp = "".join(letter for letter in created[:19] if letter.isalnum())
    models.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = models / f"{stamp}-{number:02d}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def save_weights(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a GPT-2 as fp16 safetensors with its tokenizer and its prefix, if any; other files stay as they are."""
    import torch

    from finetune.library_logs import quiet
    from finetune.model.answer_model import plain
    from finetune.model.prefix import save_prefix
    from finetune.prompt import DESK, END, PAD

    folder.mkdir(parents=True, exist_ok=True)
    ordinary = plain(model).to(torch.float16)
    for config in (ordinary.config, ordinary.generation_config):
        config.bos_token_id = tokenizer.convert_tokens_to_ids(DESK)
        config.eos_token_id = tokenizer.convert_tokens_to_ids(END)
        config.pad_token_id = tokenizer.convert_tokens_to_ids(PAD)
    with quiet():
        ordinary.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    save_prefix(ordinary, folder)


def write_manifest(
    folder: Path,
    *,
    created: str,
    base: str,
    method: str,
    settings: Mapping[str, Any],
    figures: Mapping[str, Any],
    kind: str = REPLIES,
) -> Manifest:
    """Write the manifest of a version, after every other file. Only what is loaded has a checksum there."""
    sums = file_sums(folder, leave_out=MANIFEST)
    files = {name: total for name, total in sums.items() if name.endswith((".safetensors", ".json"))}
    manifest = Manifest(folder.name, created, base, method, settings, figures, files, kind=kind)
    beside = folder / f"{MANIFEST}.tmp"
    beside.write_text(json.dumps(asdict(manifest), indent=2, default=str) + "\n", encoding="utf-8")
    beside.replace(folder / MANIFEST)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest as written, without checking the files.

    Raises:
        CheckpointError: there is none, or it is not one of ours.

    """
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**stored)
    except FileNotFoundError:
        raise CheckpointError(f"no model version in {folder}: run `understudy train`") from None
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"the manifest in {folder} cannot be read ({error}): train again or roll back") from error
    if manifest.format != FORMAT:
        raise CheckpointError(f"{folder} has format {manifest.format}, this program reads {FORMAT}: train again")
    return manifest


def verify(folder: Path) -> Manifest:
    """Check every file of a version against its manifest.

    Raises:
        CheckpointError: something is missing or differs; names the file.

    """
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        if "/" in name:
            raise CheckpointError(f"the manifest in {folder} names a file elsewhere: train again or roll back")
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing: train again or roll back")
        if digest(path) != expected:
            raise CheckpointError(f"{path} is damaged (its SHA-256 differs): train again or roll back")
    return manifest


def load(folder: Path) -> tuple[Any, Any, Manifest]:
    """A verified version: (GPT2LMHeadModel in fp32 on the CPU and in eval mode, tokenizer, manifest).

    The model's ``desk_prefix`` is set: see prefix.py; None where the version has none.

    Raises:
        CheckpointError: see ``verify``; also when the files cannot be read as a GPT-2.

    """
    manifest = verify(folder)
    try:
        refuse_code(folder)
    except UntrustedModelError as error:
        raise CheckpointError(f"{error}; train again or roll back") from error
    import torch
    from transformers import AutoTokenizer, GPT2LMHeadModel

    from finetune.library_logs import quiet
    from finetune.model.answer_model import from_packed
    from finetune.model.packed import PACKED_FILE
    from finetune.model.prefix import read_prefix
    from finetune.model.weights import PREFIX_FILE

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **NO_CODE)
            if PACKED_FILE in manifest.files:
                model = from_packed(GPT2LMHeadModel, folder)
            else:
                model = GPT2LMHeadModel.from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, **NO_CODE
                )
        model.desk_prefix = read_prefix(folder) if PREFIX_FILE in manifest.files else None
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder} does not hold a GPT-2: {error}") from error
    return model.eval(), tokenizer, manifest


def load_weights(folder: Path) -> tuple[Weights, Tokenizer, Manifest]:
    """A verified version as what serves needs it: arrays and the tokenizer itself, without torch.

    Raises:
        CheckpointError: see ``load``.

    """
    from tokenizers import Tokenizer

    from finetune.model.weights import UnfitWeightsError, read

    manifest = verify(folder)
    try:
        refuse_code(folder)
        weights = read(folder)
    except (UntrustedModelError, UnfitWeightsError) as error:
        raise CheckpointError(f"{folder} cannot serve: {error}; train again or roll back") from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises no other kind
        raise CheckpointError(f"{folder / 'tokenizer.json'} is no tokenizer ({error}): train again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return weights, tokenizer, manifest


def list_versions(models: Path) -> dict[str, Manifest]:
    """Whole versions by name, oldest first; folders without a readable manifest are left out."""
    return {name: found for name, found in _manifests(models) if isinstance(found, Manifest)}


def damaged_versions(models: Path) -> dict[str, str]:
    """What is wrong with the manifest of each version that ``list_versions`` leaves out, by name."""
    return {name: str(found) for name, found in _manifests(models) if isinstance(found, CheckpointError)}


def _manifests(models: Path) -> Iterator[tuple[str, Manifest | CheckpointError]]:
    """What each folder's manifest says, or what is wrong with it; folders that hold none are no versions."""
    for folder in sorted(models.iterdir()) if models.is_dir() else []:
        if (folder / MANIFEST).exists():
            try:
                yield folder.name, read_manifest(folder)
            except CheckpointError as problem:
                yield folder.name, problem
