"""A real Request Tracker 5 from Debian's packages, on a port of this machine, with a database of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.test_service.connectors.real_helpdesk import NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("request-tracker5", "rt5-db-sqlite", "rt5-standalone")
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
EMPTY = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
COST = 4
"""How long a password or token is looked at, as a power of two: 11 as it comes, and a third of a second a request."""
SETTINGS = """
Set($rtname, 'shop');
Set($Organization, 'shop.example');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rtdb');
Set($WebPath, '');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '{folder}/sendmail');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($Timezone, 'UTC');
Set($BcryptCost, {cost});
1;
"""
BEGIN = """
use RT -init;
my $system = RT->SystemUser;
my $queue = RT::Queue->new($system); $queue->Load('General');
my $agents = RT::Group->new($system); $agents->CreateUserDefinedGroup(Name => 'Agents');
for my $name (qw(bot mira ada)) {
    my $user = RT::User->new($system);
    my ($made, $why) = $user->Create(Name => $name, EmailAddress => "$name\\@shop.example", RealName => ucfirst $name,
        Password => "secret of $name", Privileged => $name ne 'ada');
    die $why unless $made;
    $user->__Set(Field => 'Timezone', Value => 'America/Los_Angeles') if $name eq 'bot';
    $agents->AddMember($user->PrincipalId) if $name ne 'ada';
    next if $name ne 'bot';
    my ($ok, $told, $token) = RT::AuthToken->new($system)->Create(Owner => $user->id, Description => 'ours');
    print $token;
}
$agents->PrincipalObj->GrantRight(Right => $_, Object => $queue) for qw(SeeQueue ShowTicket ShowTicketComments
    CreateTicket ReplyToTicket CommentOnTicket ModifyTicket DeleteTicket OwnTicket TakeTicket StealTicket);
my $everyone = RT::Group->new($system); $everyone->LoadSystemInternalGroup('Everyone');
$everyone->PrincipalObj->GrantRight(Right => $_, Object => $queue) for qw(CreateTicket ReplyToTicket SeeQueue);
$queue->RoleGroup('Requestor')->PrincipalObj->GrantRight(Right => 'ShowTicket', Object => $queue);
"""


def install() -> None:
    """Install the packages where they are not yet.

    Raises:
        NotInstalledError: that cannot be done here.

    """
    if SERVER.exists() and EMPTY.exists():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstalledError("Request Tracker is installed by apt-get as root; this is another system, or user.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=600, env=env)
    except (OSError, subprocess.SubprocessError):
        try:  # the lists of packages may be old
            subprocess.run(["apt-get", "update"], check=True, capture_output=True, timeout=300, env=env)
            subprocess.run(command, check=True, capture_output=True, timeout=600, env=env)
        except (OSError, subprocess.SubprocessError) as error:
            why = f"Request Tracker cannot be installed here: {type(error).__name__}"
            raise NotInstalledError(why) from error
    if not (SERVER.exists() and EMPTY.exists()):
        raise NotInstalledError("Request Tracker is installed here in another way than by Debian 12.")


@dataclass
class RealRequestTracker:
    """The running Request Tracker, and people who work in it."""

    folder: Path
    port: int
    token: str = ""
    server: subprocess.Popen[bytes] | None = field(default=None)
    kind = "request-tracker"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def given(self) -> dict[str, str]:
        return {"user": "bot", "password": self.token}

    def begin(self) -> None:
        shutil.copy(EMPTY, self.folder / "rtdb")
        (self.folder / "site.pm").write_text(SETTINGS.format(folder=self.folder, port=self.port, cost=COST))
        sendmail = self.folder / "sendmail"
        sendmail.write_text(f"#!/bin/sh\ncat >> {self.folder}/mails\n")
        sendmail.chmod(0o755)
        perl = ["perl", "-I/usr/share/request-tracker5/lib", "-e", BEGIN]
        done = subprocess.run(perl, env=self._env(), cwd=self.folder, check=True, capture_output=True, text=True)
        self.token = done.stdout.strip()

    def start(self) -> None:
        command = [str(SERVER), "--host", "127.0.0.1", "--port", str(self.port), "--server", "Standalone"]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(command, env=self._env(), cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                if self.ask("GET", "rt").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def ask(self, method: str, path: str, given: Any = None, who: str = "mira", **query: Any) -> httpx.Response:
        url, auth = f"{self.url}/REST/2.0/{path}", (who, "password" if who == "root" else f"secret of {who}")
        return httpx.request(method, url, json=given, auth=auth, params=query or None, timeout=20)

    def mail(self, subject: str, text: str, html: str | None = None, sender: str = "ada", file: bytes = b"") -> None:
        """As the mail gate brings it."""
        message = EmailMessage()
        message["From"], message["To"] = f"{sender.title()} <{sender}@shop.example>", "help@shop.example"
        message["Subject"], message["Message-ID"] = subject, f"<{time.monotonic_ns()}@shop.example>"
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        if file:
            message.add_attachment(file, maintype="application", subtype="octet-stream", filename="a.bin")
        given = {"queue": "General", "action": "correspond", "message": message.as_string()}
        said = httpx.post(f"{self.url}/REST/1.0/NoAuth/mail-gateway", data=given, timeout=20)
        assert said.text.startswith("ok"), said.text

    def new_ticket(self, text: str, **more: Any) -> int:
        self.mail("A question", text, **more)
        found = self.ask("GET", "tickets", query="id > 0", orderby="id", order="DESC", per_page=1).json()
        return int(found["items"][0]["id"])

    def customer_writes(self, number: int, text: str) -> None:
        self.mail(f"Re: [shop #{number}] A question", f"{text}\n\nOn Mon, 4 May 2026 at 10:00, Shop wrote:\n> Old")

    def answer(self, number: int, text: str) -> None:
        """As an agent's browser does, in HTML."""
        self._write(number, "correspond", f"<p>{text}</p>", "text/html")

    def comment(self, number: int, text: str) -> None:
        self._write(number, "comment", text, "text/plain")

    def close(self, number: int) -> None:
        self.set(number, {"Status": "resolved"})

    def set(self, number: int, given: Any, who: str = "mira") -> None:
        done = self.ask("PUT", f"ticket/{number}", given, who)
        assert done.status_code == 200, done.text

    def ticket(self, number: int) -> dict[str, Any]:
        return self.ask("GET", f"ticket/{number}").json()

    def notes(self, number: int) -> list[str]:
        """What the account of ours commented."""
        asked = {"fields": "Type,Creator", "per_page": 100}
        found = self.ask("GET", f"ticket/{number}/history", **asked).json()["items"]
        ours = [each["id"] for each in found if each["Type"] == "Comment" and each["Creator"]["id"] == "bot"]
        texts = [self.ask("GET", f"transaction/{each}/attachments", fields="Content").json() for each in ours]
        return [each["items"][0]["Content"] for each in texts]

    def seen_by_customer(self, number: int) -> str:
        """Everything that the customer can read of it: by the API, on the page for customers, and by mail."""
        shown = [self.ask("GET", f"ticket/{number}/history", who="ada", fields="Type,Content,Data", per_page=100).text]
        asked = {"fields": "Content", "per_page": 100}
        shown.append(self.ask("GET", f"ticket/{number}/attachments", who="ada", **asked).text)
        with httpx.Client(base_url=self.url, timeout=20, follow_redirects=True) as browser:
            browser.post("/NoAuth/Login.html", data={"user": "ada", "pass": "secret of ada"})
            page = browser.get("/SelfService/Display.html", params={"id": number}, headers={"Referer": self.url})
            assert "Logged in as" in page.text or "A question" in page.text, page.text
            shown.append(page.text)
        return "\n".join([*shown, *self.mails_to("ada@shop.example")])

    def mails_to(self, address: str) -> list[str]:
        sent = self.folder / "mails"
        mails = sent.read_text(errors="replace").split("\nX-RT-Loop-Prevention") if sent.exists() else []
        return [each for each in mails if address in each]

    def _write(self, number: int, verb: str, text: str, kind: str) -> None:
        done = self.ask("POST", f"ticket/{number}/{verb}", {"Content": text, "ContentType": kind})
        assert done.status_code == 201, done.text

    def _env(self) -> dict[str, str]:
        site = {"RT_SITE_CONFIG": str(self.folder / "site.pm"), "RT_SITE_CONFIG_DIR": str(self.folder / "none")}
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder), **site}


@contextmanager
def real_request_tracker(folder: Path) -> Iterator[RealRequestTracker]:
    """A new one with an account for us (``bot``), an agent (``mira``) and a customer (``ada``), who writes by mail."""
    install()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = RealRequestTracker(folder, port)
    try:
        tracker.begin()
        tracker.start()
        yield tracker
    finally:
        tracker.stop()
