"""requirements.lock: all that the product needs, pinned and hashed, nothing else, usable anywhere."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RENEW = "`make lock` renews requirements.lock"
CUDA = re.compile(r"nvidia|cuda|triton")


@pytest.fixture(scope="module")
def lock() -> list[tuple[Requirement, list[str]]]:
    """Each requirement with its hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^(?![#\s])(.*?)((?: \\\n +--hash=\S+)*)$", text, re.MULTILINE)
    return [(Requirement(one), hashes.replace("\\", "").split()) for one, hashes in entries if one]


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(one) for one in project["dependencies"]]


def pinned(lock: list[tuple[Requirement, list[str]]]) -> dict[str, str]:
    """Names and versions on this platform."""
    here = [one for one, _ in lock if one.marker is None or one.marker.evaluate()]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in here}


def test_every_entry_is_one_release_with_hashes_and_names_no_place(lock):
    assert len(lock) > 50
    for one, hashes in lock:
        assert re.fullmatch(r"==[\w.]+", str(one.specifier)), one
        assert hashes, one
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), one
        assert one.url is None
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|--trusted-host", text)


def test_it_covers_what_the_project_names(lock):
    releases = pinned(lock)
    for one in wanted():
        if one.marker is None or one.marker.evaluate():
            assert canonicalize_name(one.name) in releases, f"{one}: {RENEW}"
            assert one.specifier.contains(releases[canonicalize_name(one.name)], prereleases=True), f"{one}: {RENEW}"


def test_it_covers_what_those_need_in_turn(lock):
    releases, seen, left = pinned(lock), set(), [(one.name, one.extras) for one in wanted()]
    while left:
        name, extras = left.pop()
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        for text in importlib.metadata.requires(name) or []:
            one = Requirement(text)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                assert canonicalize_name(one.name) in releases, f"{one} of {name}: {RENEW}"
                left.append((one.name, one.extras))
    assert len(seen) > 40


def test_torch_comes_without_cuda_or_not_at_all(lock):
    script = (ROOT / ".ci/make_lock.py").read_text(encoding="utf-8")
    (hashes,) = (hashes for one, hashes in lock if one.name == "torch")
    for processors in re.findall(r'"cp\d+": "([0-9a-f]{64})"', script):
        assert f"--hash=sha256:{processors}" in hashes
    assert len(hashes) < 20, "the wheels for Linux of the package index bring CUDA along"


def test_nothing_optional_and_no_cuda_is_in_it(lock):
    names = {canonicalize_name(one.name) for one, _ in lock}
    assert not {name for name in names if CUDA.match(name)}
    assert names.isdisjoint({"tensorboard", "wandb", "pytest", "uv", "playwright"})
