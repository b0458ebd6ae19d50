"""What tests of several rooms share: the databases that they run on."""

from __future__ import annotations

import os

import pytest

from tests.postgresql import binaries, cluster


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
        return f"sqlite+aiosqlite:///{tmp_path / 'home' / 'app.db'}"
    return request.getfixturevalue("postgresql").url()
