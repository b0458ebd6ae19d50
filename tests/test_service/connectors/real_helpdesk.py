"""A real django-helpdesk from the package index, in an environment of its own, on a port of this machine."""

from __future__ import annotations

import os
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

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "2.6.1"
PACKAGES = (f"django-helpdesk=={VERSION}", "Django>=5.2,<5.3", "djangorestframework>=3.16,<4", "setuptools<81")
SETTINGS = """
import os
SECRET_KEY = "of a test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DESK_DB"]}}
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.humanize", "django.contrib.admin", "django.contrib.messages", "django.contrib.staticfiles",
    "rest_framework", "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}}]
ROOT_URLCONF, SITE_ID, USE_TZ, STATIC_URL = "desk_urls", 1, True, "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
HELPDESK_ACTIVATE_API_ENDPOINT = True
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS = lambda: [u for u in open(os.environ["DESK_HOOKS"]).read().split() if u]
HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS = HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
BEGIN = """
import django; django.setup()
from django.contrib.auth.models import User
from helpdesk.models import Queue
for name in ("bot", "mira"):
    User.objects.create_superuser(name, name + "@shop.example", "secret of " + name)
Queue.objects.create(title="Help", slug="help", allow_public_submission=True, email_address="help@shop.example")
"""
CUSTOMER_WRITES = """
import sys, django; django.setup()
from helpdesk.models import FollowUp, Ticket
from django.utils import timezone
ticket = Ticket.objects.get(id=int(sys.argv[1]))
FollowUp.objects.create(ticket=ticket, title="E-Mail Received", public=True, comment=sys.argv[2], date=timezone.now())
"""


class NotInstalledError(Exception):
    """It could not be installed; the message says why."""


def installed() -> Path:
    """The Python of an environment that has it, made where there is none yet."""
    folder = Path(tempfile.gettempdir()) / "cache" / f"django-helpdesk-{VERSION}-py{sys.version_info.minor}"
    python, done = folder / "bin" / "python", folder / "done"
    if not done.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True)
            pip = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
            subprocess.run(pip, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotInstalledError(f"django-helpdesk cannot be installed here: {type(error).__name__}") from error
        done.touch()
    return python


@dataclass
class RealHelpdesk:
    """The running help desk, and people who work in it."""

    folder: Path
    python: Path
    port: int
    server: subprocess.Popen[bytes] | None = field(default=None)
    kind = "django-helpdesk"

    @property
    def given(self) -> dict[str, str]:
        return {"user": "bot", "password": "secret of bot"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, text: str, *args: str) -> None:
        subprocess.run([self.python, "-c", text, *args], env=self._env(), cwd=self.folder, check=True)

    def start(self) -> None:
        command = [self.python, "-m", "django", "runserver", "--noreload", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(command, env=self._env(), cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                if self.ask("GET", "tickets/").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def hooks(self, *urls: str) -> None:
        (self.folder / "hooks").write_text("\n".join(urls))

    def ask(self, method: str, path: str, given: Any = None, who: str = "mira") -> httpx.Response:
        auth = (who, f"secret of {who}")
        return httpx.request(method, f"{self.url}/api/{path}", json=given, auth=auth, timeout=20)

    def new_ticket(self, text: str) -> int:
        given = {"queue": 1, "title": "A question", "description": text, "submitter_email": "ada@shop.example"}
        made = self.ask("POST", "tickets/", {**given, "priority": 3, "status": 1})
        assert made.status_code == 201, made.text
        return made.json()["id"]

    def follow_up(self, ticket: int, text: str, **more: Any) -> None:
        made = self.ask("POST", "followups/", {"ticket": ticket, "comment": text, "public": True, **more})
        assert made.status_code == 201, made.text

    def customer_writes(self, ticket: int, text: str) -> None:
        """As mail does it: by nobody, and no hook rings."""
        self.script(CUSTOMER_WRITES, str(ticket), text)

    def ticket(self, number: int) -> dict[str, Any]:
        return self.ask("GET", f"tickets/{number}/").json()

    def notes(self, number: int) -> list[str]:
        return [each["comment"] for each in self.ticket(number)["followup_set"] if not each["public"]]

    def _env(self) -> dict[str, str]:
        own = {"DJANGO_SETTINGS_MODULE": "desk_settings", "DESK_DB": "desk.db", "DESK_HOOKS": "hooks"}
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.folder), "PYTHONWARNINGS": "ignore", **own}


@contextmanager
def real_helpdesk(folder: Path) -> Iterator[RealHelpdesk]:
    """A new help desk with a queue, an account for us (``bot``) and an agent (``mira``)."""
    python = installed()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    desk = RealHelpdesk(folder, python, port)
    (folder / "desk_settings.py").write_text(SETTINGS)
    (folder / "desk_urls.py").write_text(URLS)
    desk.hooks()
    subprocess.run([python, "-m", "django", "migrate", "-v0"], env=desk._env(), cwd=folder, check=True)
    desk.script(BEGIN)
    desk.start()
    try:
        yield desk
    finally:
        desk.stop()
