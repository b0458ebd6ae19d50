"""A real Roundup from the package index, run as another user than root, on a port of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.test_service.connectors.real_helpdesk import NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "2.6.0"
NOBODY = 65534
PEOPLE = {"bot": "User,Agent", "mira": "User,Agent", "ada": "User"}
BEGIN = """
import pathlib, sys
from roundup import configuration, init, instance, password
from roundup.admin import AdminTool
home, url, people = pathlib.Path(sys.argv[1]), sys.argv[2], eval(sys.argv[3])
init.install(str(home), AdminTool().listTemplates()["classic"]["path"])
config = configuration.CoreConfig()
config["PASSWORD_PBKDF2_DEFAULT_ROUNDS"] = 1000  # else a third of a second a request
more = {"RDBMS_BACKEND": "sqlite", "TRACKER_HOME": str(home), "TRACKER_WEB": url + "/", "DATABASE": "db"}
for name, value in {**more, "MAIL_DOMAIN": "shop.example", "MAIL_DEBUG": str(home / "mail")}.items():
    config[name] = value
config.save(str(home / "config.ini"))
schema = (home / "schema.py").read_text().replace("for cl in 'issue', ", "for cl in ")
schema = schema.replace('status=Link("status"))', 'status=Link("status"),\\n    suggestion=String(quiet=True))')
(home / "schema.py").write_text(schema + '''
seen = tuple(name for name in issue.getprops() if name != "suggestion")
for what in "View", "Edit", "Create":
    shown = db.security.addPermission(name=what, klass="issue", properties=seen)
    db.security.addPermissionToRole("User", shown)
    if what == "View":
        db.security.addPermissionToRole("Anonymous", shown)
db.security.addRole(name="Agent", description="Who answers")
for what, cl in ("View", "issue"), ("Edit", "issue"), ("Create", "issue"), ("View", "user"):
    db.security.addPermissionToRole("Agent", what, cl)
''')
tracker = instance.open(str(home))
tracker.init(password.Password("secret of admin", config=config))
db = tracker.open("admin")
for name, roles in people.items():
    secret = password.Password("secret of " + name, config=db.config)
    db.user.create(username=name, password=secret, roles=roles, address=name + "@shop.example", realname=name.title())
db.commit()
"""


def _as_other(python: str, packages: Path) -> list[str] | None:
    """The command that runs a Python which has Roundup, as somebody else than root; None where it does not work."""
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*prefix, python]
    try:
        env = {"PYTHONPATH": str(packages), "PATH": os.environ["PATH"]}
        subprocess.run(
            [*command, "-c", "import roundup, sqlite3"], check=True, capture_output=True, env=env, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return command


def installed() -> tuple[list[str], Path]:
    """The command of a Python that may run it, and where its packages lie, fetched where they are not yet."""
    folder = Path(tempfile.gettempdir()) / "cache" / f"roundup-{VERSION}"
    done = folder / "done"
    if not done.exists():
        try:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder)]
            subprocess.run([*pip, f"roundup=={VERSION}"], check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotInstalledError(f"Roundup cannot be installed here: {type(error).__name__}") from error
        done.touch()
    # What lies in root's own folder may not be run by others.
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        command = _as_other(python, folder)
        if command is not None:
            return command, folder
    raise NotInstalledError("Roundup does not run as root, and no Python here may be run by anybody else.")


@dataclass
class RealRoundup:
    """The running tracker, and people who work in it."""

    folder: Path
    command: list[str]
    packages: Path
    port: int
    server: subprocess.Popen[bytes] | None = field(default=None)
    kind = "roundup-notes"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/support"

    @property
    def given(self) -> dict[str, str]:
        return {"user": "bot", "password": "secret of bot", "agents": "Agent", "notes": "suggestion"}

    def begin(self) -> None:
        self._run("-c", BEGIN, str(self.folder / "tracker"), self.url, repr(PEOPLE))

    def start(self) -> None:
        serve = ["-m", "roundup.scripts.roundup_server", "-n", "127.0.0.1", "-p", str(self.port)]
        command = [*self.command, *serve, f"support={self.folder / 'tracker'}"]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(command, env=self._env(), cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                if self.ask("GET", "status").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def ask(self, method: str, path: str, given: Any = None, who: str = "mira", **headers: str) -> httpx.Response:
        origin = self.url.removesuffix("/support")
        page = {"X-Requested-With": "rest", "Origin": origin, "Referer": f"{self.url}/", **headers}
        auth = (who, f"secret of {who}")
        return httpx.request(method, f"{self.url}/rest/data/{path}", json=given, auth=auth, headers=page, timeout=20)

    def new_ticket(self, text: str) -> int:
        message = self._message(text, "ada")
        made = self.ask("POST", "issue", {"title": "A question", "messages": [message], "priority": "urgent"}, "ada")
        assert made.status_code == 201, made.text
        return int(made.json()["data"]["id"])

    def customer_writes(self, number: int, text: str) -> None:
        self._add(number, text, "ada")

    def answer(self, number: int, text: str) -> None:
        self._add(number, text, "mira")

    def close(self, number: int) -> None:
        self.set(number, {"status": "resolved"})

    def set(self, number: int, given: Any, who: str = "mira") -> None:
        etag = self.ask("GET", f"issue/{number}", who=who).json()["data"]["@etag"]
        done = self.ask("PATCH", f"issue/{number}", given, who, **{"If-Match": etag})
        assert done.status_code == 200, done.text

    def issue(self, number: int, who: str = "mira") -> dict[str, Any]:
        return self.ask("GET", f"issue/{number}?@verbose=3&@protected=true", who=who).json()["data"]["attributes"]

    def notes(self, number: int) -> list[str]:
        found = self.issue(number)["suggestion"]
        return [found] if found else []

    def seen_by_customer(self, number: int) -> str:
        """Everything that the customer can read of it: by the API, on its page, and by mail."""
        shown = [self.ask("GET", f"issue/{number}?@verbose=3", who="ada").text]
        shown += [self.ask("GET", "msg?@fields=content&@verbose=3", who="ada").text]
        for who in (("ada", "secret of ada"), None):
            shown.append(httpx.get(f"{self.url}/issue{number}", auth=who, timeout=20).text)
        return "\n".join([*shown, self.mails()])

    def mails(self) -> str:
        sent = self.folder / "tracker" / "mail"
        return sent.read_text() if sent.exists() else ""

    def _message(self, text: str, who: str) -> str:
        made = self.ask("POST", "msg", {"content": text, "author": who, "date": "."}, who)
        assert made.status_code == 201, made.text
        return made.json()["data"]["id"]

    def _add(self, number: int, text: str, who: str) -> None:
        self.set(number, {"@op": "add", "messages": [self._message(text, who)]}, who)

    def _run(self, *args: str) -> None:
        subprocess.run([*self.command, *args], env=self._env(), cwd=self.folder, check=True, capture_output=True)

    def _env(self) -> dict[str, str]:
        home = {"HOME": str(self.folder), "PYTHONPATH": str(self.packages), "PYTHONWARNINGS": "ignore"}
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **home}


@contextmanager
def real_roundup() -> Iterator[RealRoundup]:
    """A new tracker with an account for us (``bot``), an agent (``mira``) and a customer (``ada``)."""
    command, packages = installed()
    folder = Path(tempfile.mkdtemp(prefix="roundup-"))  # pytest's own folders are for its user alone
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = RealRoundup(folder, command, packages, port)
    try:
        tracker.begin()
        tracker.start()
        yield tracker
    finally:
        tracker.stop()
        shutil.rmtree(folder, ignore_errors=True)
