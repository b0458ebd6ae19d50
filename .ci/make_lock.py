"""Writes requirements.lock and requirements-serve.lock: releases pinned, with hashes, for every platform at once.

The first is all that the product needs, training included. The second is the part that serves: the same releases, but
for the packages of training, which the encoder's weights ask for and nothing that serves imports.

uv resolves; what is pinned already stays unless --upgrade is given. Two things are changed after that, since the torch
that the package index has for Linux brings several GB of CUDA along: those packages are left out, and of torch the
wheels for Linux are the ones for processors, which PyTorch serves itself. Where such a wheel is not at hand,
`pip install --require-hashes` stops instead of bringing in another.

    make lock
    make lock UPGRADE=--upgrade
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
SERVE = ROOT / "requirements-serve.lock"
HEAD = """\
# Made by `make lock` from pyproject.toml; do not edit. What the product needs, training included, with hashes:
#     pip install --require-hashes -r requirements.lock && pip install --no-deps .
"""
SERVE_HEAD = """\
# Made by `make lock` from pyproject.toml; do not edit. What serves, without torch, with hashes:
#     pip install --require-hashes --no-deps -r requirements-serve.lock && pip install --no-deps .
"""
NOT_SERVING = "sentence-transformers\n"
"""What the encoder's weights ask for and serving does not need; torch and transformers come with it alone."""
TORCH = "2.13.0"
PROCESSOR_WHEELS = {  # of TORCH, "+cpu", Linux on x86-64
    "cp311": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
}
LEFT_OUT = re.compile(r"(nvidia|cuda|triton)\b")


def main() -> None:
    """Resolve, then leave out and put in."""
    _resolve(LOCK, "--extra", "train", *sys.argv[1:])
    entries = _entries(LOCK)
    kept = [entry for entry in entries if not LEFT_OUT.match(entry)]
    at = next(place for place, entry in enumerate(kept) if entry.startswith("torch=="))
    if not kept[at].startswith(f"torch=={TORCH} "):
        sys.exit(
            f"This script has hashes of torch {TORCH} alone: put in those of the wheels for processors, then again."
        )
    kept[at] = " \\\n".join([f"torch=={TORCH}", *(f"    --hash=sha256:{one}" for one in sorted(_of_torch()))]) + "\n"
    LOCK.write_text(HEAD + "".join(kept), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        without = Path(folder, "excludes.txt")
        without.write_text(NOT_SERVING, encoding="utf-8")
        _resolve(SERVE, "--excludes", str(without), "--constraint", str(LOCK))
    SERVE.write_text(SERVE_HEAD + "".join(_entries(SERVE)), encoding="utf-8")


def _resolve(into: Path, *options: str) -> None:
    _uv("pyproject.toml", "--generate-hashes", "--no-emit-index-url", "--output-file", str(into), *options)


def _entries(lock: Path) -> list[str]:
    return re.findall(r"^\S.*\n(?: .*\n)*", lock.read_text(encoding="utf-8"), re.MULTILINE)


def _of_torch() -> set[str]:
    """Hashes of its wheels: for Linux those for processors, elsewhere the index's, which know no CUDA."""
    with tempfile.TemporaryDirectory() as folder:
        named, listed = Path(folder, "torch.in"), Path(folder, "pylock.toml")
        named.write_text(f"torch=={TORCH}\n", encoding="utf-8")
        _uv(str(named), "--no-deps", "--format", "pylock.toml", "--output-file", str(listed))
        (torch,) = tomllib.loads(listed.read_text(encoding="utf-8"))["packages"]
    elsewhere = {wheel["hashes"]["sha256"] for wheel in torch["wheels"] if "linux" not in wheel["url"]}
    return elsewhere | set(PROCESSOR_WHEELS.values())


def _uv(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *arguments]
    options = ("--universal", "--python-version", "3.11", "--no-header", "--no-annotate", "--quiet")
    subprocess.run([*command, *options], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
