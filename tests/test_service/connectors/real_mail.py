"""A real mailbox (Debian's dovecot) and a real mail server (aiosmtpd), on ports of this machine, both with TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import grp
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import imapclient
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "geheim-ü"  # beyond ASCII, which LOGIN cannot say
HOST = "localhost"
CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  mailbox Entwürfe {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Gesendet {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
"""


class NotInstalledError(Exception):
    """It could not be installed; the message says why."""


def dovecot() -> str:
    """Where it is; installed where tests may install."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    if found := shutil.which("dovecot", path=places):
        return found
    if os.geteuid() or not os.environ.get("UNDERSTUDY_CI"):
        raise NotInstalledError("there is no dovecot here (Debian's package dovecot-imapd)")
    try:
        for command in (["update", "-qq"], ["install", "-yqq", "--no-install-recommends", "dovecot-imapd"]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", *command], check=True, capture_output=True, timeout=300, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalledError(f"dovecot cannot be installed here: {type(error).__name__}") from error
    if found := shutil.which("dovecot", path=places):
        return found
    raise NotInstalledError("dovecot was installed, but is not to be found")


def certificate(folder: Path) -> None:
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class RealMail:
    """Both servers. ``taken`` is what was sent by SMTP: (sender, recipients, bytes)."""

    folder: Path
    secure: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)
    smtp: int = field(default_factory=free_port)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    answer: str = "250 OK"
    silent: bool = False
    server: subprocess.Popen[bytes] | None = None
    controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"imaps://{HOST}:{self.secure}"

    def start(self) -> None:
        with (self.folder / "out").open("ab") as out:
            command = [dovecot(), "-F", "-c", str(self.folder / "dovecot.conf")]
            self.server = subprocess.Popen(command, stdout=out, stderr=out)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.secure), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    @contextmanager
    def box(self, user: str) -> Iterator[imapclient.IMAPClient]:
        """A mail program of somebody."""
        tls = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        with imapclient.IMAPClient(HOST, self.secure, ssl_context=tls) as box:
            box.plain_login(user, PASSWORD)
            yield box

    def put(self, user: str, data: bytes, folder: str = "INBOX", flags: tuple[str, ...] = ()) -> None:
        with self.box(user) as box:
            box.append(folder, data, flags, dt.datetime.now(dt.UTC))

    def mails(self, user: str, folder: str = "INBOX") -> list[tuple[set[str], bytes]]:
        """(flags, bytes) of every mail; looking leaves no trace."""
        with self.box(user) as box:
            box.select_folder(folder, readonly=True)
            found = box.fetch(box.search(), ["FLAGS", "BODY.PEEK[]"])
            return [({flag.decode() for flag in each[b"FLAGS"]}, each[b"BODY[]"]) for each in found.values()]

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        while self.silent:  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.05)
        return self.answer

    def deliver(self) -> None:
        """Carry what was sent to the mailboxes that are here."""
        taken, self.taken = self.taken, []
        for _, recipients, data in taken:
            for each in recipients:
                if each in (self.folder / "users").read_text():
                    self.put(each, data)


@contextmanager
def real_mail(*users: str) -> Iterator[RealMail]:
    """Run both; every user has the same password."""
    dovecot()
    # Not among pytest's folders: the next pytest closes those to the account that the server runs as.
    with tempfile.TemporaryDirectory(prefix="mail-") as folder:
        yield from _running(Path(folder), users)


def _running(folder: Path, users: tuple[str, ...]) -> Iterator[RealMail]:
    mail = RealMail(folder)
    certificate(folder)
    root = os.geteuid() == 0
    user, group = ("nobody", "nogroup") if root else (getpass.getuser(), grp.getgrgid(os.getegid()).gr_name)
    uid, gid = (65534, grp.getgrnam(group).gr_gid) if root else (os.geteuid(), os.getegid())
    given = {"user": user, "group": group, "uid": uid, "gid": gid, "plain": mail.plain, "secure": mail.secure}
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, **given))
    (folder / "users").write_text("".join(f"{each}:{{PLAIN}}{PASSWORD}::::::\n" for each in users))
    (folder / "mail").mkdir()
    if root:
        os.chown(folder / "mail", uid, gid)
        folder.chmod(0o711)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")

    def signed_in(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password.decode() == PASSWORD)

    mail.controller = Controller(
        mail,
        "127.0.0.1",
        mail.smtp,
        tls_context=tls,
        authenticator=signed_in,
        auth_required=True,
        require_starttls=True,
    )
    mail.start()
    mail.controller.start()
    try:
        yield mail
    finally:
        mail.controller.stop()
        mail.stop()


def header(data: bytes, name: str) -> str | None:
    return message_from_bytes(data)[name]
