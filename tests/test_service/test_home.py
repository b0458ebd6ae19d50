"""The home folder: private, left by no name of a version, whoever wrote it, and changed by one at a time."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from chatbot import home as room
from chatbot.errors import ChangedError, NotFoundError
from chatbot.home import Current, CurrentUnusableError, Home, copy_privately
from tests.test_cli.conftest import run_understudy

OUT = ["../elsewhere", "/etc", "..", ".", "", "a/b", "a\\b", "a\0b", "a\n", ".hidden", "-x", "ä", "x" * 200, "~", "a b"]


@pytest.fixture
def home(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    return Home(tmp_path / "home").create()


def write(home, text):
    (home.path / "current.json").write_text(text)


def test_its_folders_are_their_owners_alone(tmp_path):
    before = os.umask(0o022)
    try:
        home = Home(tmp_path / "new").create()
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (home.path, home.models, home.indexes, home.reports)} == {0o700}


def test_a_copy_is_as_private_as_what_is_made_here(tmp_path):
    (tmp_path / "from" / "deep").mkdir(parents=True)
    (tmp_path / "from" / "deep" / "file").write_text("x")
    (tmp_path / "from" / "deep" / "file").chmod(0o666)
    before = os.umask(0o077)
    try:
        copy_privately(tmp_path / "from", tmp_path / "to")
    finally:
        os.umask(before)
    assert (tmp_path / "to" / "deep" / "file").read_text() == "x"
    assert all(not path.stat().st_mode & 0o077 for path in [tmp_path / "to", *(tmp_path / "to").rglob("*")])


@pytest.mark.parametrize("name", [*OUT, 7, 1.5, True, [], {}])
@pytest.mark.parametrize("key", ["model", "index", "adapter", "contract", "previous_model"])
def test_a_name_in_current_json_cannot_leave_the_home(home, key, name):
    write(home, json.dumps({key: name}))
    with pytest.raises(CurrentUnusableError, match=rf"has {key} .*names no version here.*backup"):
        home.current()


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"x"', "\x00", '{"index": "a"', "[" * 100_000, "\ud800"])
def test_what_is_no_such_file_is_one_sentence(home, text):
    (home.path / "current.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(CurrentUnusableError, match=r"current\.json .*backup"):
        home.current()


def test_a_folder_in_its_place_and_a_file_nobody_may_read_are_sentences(home, monkeypatch):
    (home.path / "current.json").mkdir()
    with pytest.raises(CurrentUnusableError, match="Is a directory"):
        home.current()

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)
    with pytest.raises(CurrentUnusableError, match="Permission denied"):
        home.current()


def test_unknown_keys_of_a_later_version_are_passed_over(home):
    write(home, '{"index": "20260101-000000-abcd", "speech": {"x": 1}}')
    assert home.current() == Current(index="20260101-000000-abcd")


@pytest.mark.parametrize("name", OUT)
def test_a_person_cannot_name_a_version_elsewhere(home, name):
    with pytest.raises(NotFoundError, match="no name of a version"):
        home.version(home.models, name)
    if name:  # "" stands for none
        with pytest.raises(NotFoundError, match="no name of a version"):
            home.promote(model=name)


def test_a_link_out_of_the_home_is_no_version(home, tmp_path):
    (home.models / "link").symlink_to(tmp_path / "elsewhere")
    write(home, '{"model": "link"}')
    with pytest.raises(CurrentUnusableError, match="names no version here"):
        home.current()
    with pytest.raises(NotFoundError):
        home.version(home.models, "link")


@pytest.mark.parametrize("folder", ["models", "indexes"])
def test_a_folder_of_versions_may_itself_lie_elsewhere(home, tmp_path, folder):
    (home.path / folder).rmdir()
    (home.path / folder).symlink_to(tmp_path / "elsewhere")
    write(home, '{"model": "one", "index": "two"}')
    assert home.current() == Current(model="one", index="two")


@pytest.mark.parametrize(
    "command",
    [["models", "promote", "../elsewhere"], ["contracts", "promote", "/etc"], ["models", "promote", "..\0"[:2]]],
)
def test_commands_refuse_names_elsewhere(home, command):
    done = run_understudy(home.path, *command)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["models", "list"],
        ["models", "rollback"],
        ["contracts", "list"],
        ["contracts", "rollback"],
        ["search", "hello"],
        ["index"],
    ],
)
def test_commands_say_one_sentence_of_an_unreadable_current_json(home, command):
    write(home, '{"model": "../')
    done = run_understudy(home.path, *command)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    if command != ["index"]:  # nothing is imported, which it says first
        assert "current.json cannot be read" in done.stderr


@pytest.fixture
def together(monkeypatch):
    """Whoever has read what serves waits a moment for a second, before writing: without a lock there is one."""
    barrier = Barrier(2)
    write_atomically = room.write_atomically

    def later(path, text):
        with suppress(BrokenBarrierError):
            barrier.wait(0.3)
        write_atomically(path, text)

    monkeypatch.setattr(room, "write_atomically", later)


def at_once(*work):
    with ThreadPoolExecutor(len(work)) as threads:
        futures = [threads.submit(one) for one in work]
    return [future.exception() or future.result() for future in futures]


@pytest.mark.parametrize(("one", "two"), [*itertools.combinations(["model", "index", "adapter", "contract"], 2)])
@pytest.mark.usefixtures("together")
def test_of_two_promotions_at_once_both_hold(home, one, two):
    told = at_once(lambda: home.promote(**{one: "new"}), lambda: home.promote(**{two: "newer"}))
    now = home.current()
    assert (getattr(now, one), getattr(now, two)) == ("new", "newer")
    assert now in told


@pytest.mark.usefixtures("together")
def test_of_two_promotions_of_one_kind_the_earlier_is_the_way_back(home):
    at_once(lambda: home.promote(model="one"), lambda: home.promote(model="two"))
    now = home.current()
    assert {now.model, now.previous_model} == {"one", "two"}


@pytest.mark.usefixtures("together")
def test_a_choice_made_by_what_served_is_told_when_another_came_first(home):
    write(home, json.dumps({"index": "a", "adapter": "b", "previous_adapter": "c"}))
    seen = home.current()
    home.promote(index="d", over=seen)  # of another kind: nothing that the next one replaces
    told = at_once(lambda: home.promote(adapter="c", over=seen), lambda: home.promote(adapter="e", over=seen))
    refused = [one for one in told if isinstance(one, ChangedError)]
    assert len(refused) == 1
    now = home.current()
    assert (now.adapter in {"c", "e"}, now.previous_adapter, now.index) == (True, "b", "d")
    assert f"the adapter that serves, to {now.adapter}, while" in str(refused[0])


HOLDER = """
import sys
from pathlib import Path
from chatbot.home import lock, write_atomically
with (Path(sys.argv[1]) / "current.lock").open("a") as file:
    lock(file, wait=True)
    print("locked", flush=True)
    sys.stdin.readline()
    write_atomically(Path(sys.argv[1]) / "current.json", '{"index": "theirs"}')
"""


def test_another_process_is_waited_for(home):
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        assert other.stdout.readline() == "locked\n"
        ours = threads.submit(home.promote, model="ours")
        with pytest.raises(TimeoutError):
            ours.result(timeout=0.3)
        other.stdin.write("\n")
        other.stdin.flush()
        assert ours.result(timeout=60) == Current(model="ours", index="theirs") == home.current()
    with (home.path / "current.lock").open("a") as file:
        room.lock(file, wait=False)  # a process that ended has let go


def test_where_there_are_no_locks_a_version_is_promoted_all_the_same(home, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(room.fcntl, "flock", refuse)
    assert home.promote(model="one").model == "one"


@pytest.mark.parametrize("promise", ["[0.1]", "[0, 0.9]", '["0.1", 0.9]', "0.1", "[0.1, 0.9, 0.5]", "[0.1, 1]"])
def test_what_is_no_promise_is_told(home, promise):
    write(home, f'{{"promise": {promise}}}')
    with pytest.raises(CurrentUnusableError, match="promise"):
        home.current()


def test_a_promise_stays_when_versions_change(home):
    home.hold_to((0.1, 0.8))
    home.promote(model="one")
    assert home.current() == Current(model="one", promise=(0.1, 0.8))
    assert home.hold_to(None) == Current(model="one")
