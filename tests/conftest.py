"""What tests of several rooms share: their part of the processor, the encoder, the databases that they run on."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from tests.postgresql import binaries, cluster

# Both before any model library is imported, and inherited by the servers that tests start.
# As `understudy` has it: threads that wait spinning take the processor from whoever has work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# A worker for each core is told by pytest-xdist what it is; one thread is then its share.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("UNDERSTUDY_TORCH_THREADS", "1")

# How long one example takes says what else the machine does, not whether the code is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items):
    """Workers take the files that last long first, so that none is left alone with one of them at the end."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        marks = ("slow", "browser", "integration")
        long = {item.path for item in items if any(map(item.get_closest_marker, marks))}
        items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish():
    """What was imported stays; the collector looked through it all again and again, a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def real_encoder():
    """The encoder that ships, loaded once. ``test_encoder`` loads it in each way there is."""
    from retrieval.encoder.encoder import SentenceEncoder

    return SentenceEncoder.load()


@pytest.fixture
def encoder_at_hand(real_encoder, monkeypatch):
    """Commands and loaders get the real encoder without loading it again, which takes each of them over a second."""
    from retrieval.encoder.encoder import SentenceEncoder

    monkeypatch.setattr(SentenceEncoder, "load", lambda *_, **__: real_encoder)


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server of this run. Skips where Debian's package is not installed, but not in CI."""
    found = binaries()
    if found is None:
        missing = "PostgreSQL is not installed (apt install postgresql)"
        if os.environ.get("UNDERSTUDY_CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with cluster(found) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of an empty database; the test runs on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'home' / 'app.db'}"
    else:
        with request.getfixturevalue("postgresql").lent() as url:
            yield url
