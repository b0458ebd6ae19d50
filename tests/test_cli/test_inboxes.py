"""`understudy inboxes`: made, changed, listed; keys shown once, rotated, revoked."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app


@pytest.fixture
def run(tmp_path):
    def command(*words, fails=False):
        result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "inboxes", *words])
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return command


def test_an_inbox_and_its_keys(run, tmp_path):
    made = json.loads(
        run("create", "Shop", "--origin", "https://Shop.example/", "--verified-only", "--rate", "9/hour", "--json")
        .strip()
        .splitlines()[-1]
    )
    assert (made["origins"], made["verified_only"], made["rate"]) == (["https://shop.example"], True, "9/hour")
    changed = run("change", made["id"], "--anonymous-too", "--rate", "", "--origin", "")
    assert changed.split("  ")[1:] == ["Shop", "(own pages only)\n"]
    assert [line.split()[0] for line in run("list").splitlines()] == ["default", made["id"]]

    first = dict(line.split() for line in run("keys", "rotate", made["id"]).splitlines())
    second = run("keys", "rotate", made["id"])
    assert f"{first['kid']} is good until" in second
    assert first["secret"] not in second
    run("keys", "revoke", first["kid"])
    listed = run("keys", "list", made["id"])
    assert re.search(rf"{first['kid']}  HS256  \S+  revoked", listed)
    assert first["secret"] not in listed

    secret = tmp_path / "secret.txt"
    secret.write_text("x" * 24)
    taken = run("keys", "rotate", "default", "--algorithm", "user_hash", "--secret-file", str(secret))
    assert "x" * 24 not in taken


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "Shop", "--origin", "shop.example"), "https://shop.example"),
        (("create", "Shop", "--origin", "https://*.shop.example"), "Name each origin"),
        (("create", "Shop", "--rate", "many"), "600/minute"),
        (("create", " "), "a name of 1 to 100"),
        (("change", "in_none", "--name", "x"), "There is no inbox in_none"),
        (("keys", "rotate", "in_none"), "There is no inbox in_none"),
        (("keys", "rotate", "default", "--algorithm", "EdDSA"), "--public-key FILE"),
        (("keys", "revoke", "kid_none"), "There is no key kid_none"),
    ],
)
def test_mistakes_get_a_sentence(run, words, sentence):
    assert sentence in " ".join(run(*words, fails=True).split())
