"""What is no text, address or time is told; what is, goes through as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.service.access.wellformed import address, moment, plain, seconds, storable, visible

ANY = st.text(st.characters(exclude_categories=()))  # surrogates and NUL among them


@given(ANY)
def test_what_is_storable_can_be_encoded_and_nothing_else_changes(text):
    if "\0" in text:
        with pytest.raises(ValueError, match="NUL"):
            storable(text)
        return
    stored = storable(text)
    stored.encode("utf-8")
    assert storable(stored) == stored
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert plain(text) == stored == text
    else:
        with pytest.raises(ValueError, match="surrogate"):
            plain(text)


@pytest.mark.parametrize("wrong", [1e400, -1e400, float("nan"), -1, 10**400, 1e30, "1", True, None, [1], 253402300799])
def test_times_that_are_none(wrong):
    with pytest.raises(ValueError, match="1970"):
        seconds(wrong)


def test_times_that_are():
    assert seconds(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert seconds(1772443800.5).year == 2026


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "x",
        "2026-03-02T09:30:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1969-12-31T23:59:59+00:00",
        "2026-13-01T00:00:00Z",
        "\0",
    ],
)
def test_moments_that_are_none(wrong):
    with pytest.raises(ValueError):
        moment(wrong)


@given(st.datetimes(datetime(1970, 1, 2), datetime(8999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_moments_that_are(when):
    assert moment(when.isoformat()).timestamp() == when.timestamp()


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "x/y", "x\x00y", "\xff", "a@b@[", "http://[", "[v1.x"])
def test_hosts_that_are_none(host):
    with pytest.raises(ValueError, match="has a Host that is none"):
        address("/", b"", host)


@pytest.mark.parametrize("host", ["", "shop.example", "localhost:8080", "[::1]:80", "xn--bcher-kva.example"])
def test_addresses_that_are(host):
    address("/v1/articles/caf\u00e9", b"cursor=%C3%A9+x", host)


@pytest.mark.parametrize(("path", "query"), [("/v1/a\0b", b""), ("/v1/a", b"x=%00"), ("/v1/\ud800", b"")])
def test_addresses_that_are_none(path, query):
    with pytest.raises(ValueError, match=r"NUL|surrogate"):
        address(path, query, "localhost")


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u200b\u2060 ", "Refunds\u202e", "\u2066a\u2069", "a\0"])
def test_names_that_cannot_be_read(name):
    with pytest.raises(ValueError, match=r"seen|direction|NUL"):
        visible(name)


@pytest.mark.parametrize("name", ["Refunds", "退款", "\u200fשלום", "Ada 👩\u200d💻", "é"])
def test_names_that_can(name):
    assert visible(name) == name
