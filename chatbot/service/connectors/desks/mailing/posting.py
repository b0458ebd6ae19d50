"""Sends one mail by SMTP, in a thread: first everything that can fail for sure, then the mail itself."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.desks.mailing.mailbox import SECONDS
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from chatbot.service.connectors.desks.mailing.places import Place
    from chatbot.service.outgoing.lines import Lines

_DONE, _SIGNED_IN = 250, 235
_TAKEN = {250, 251}
_LATER = range(400, 500)


class NotSentError(OutgoingError):
    """The server has refused the mail: it was certainly not sent."""


class _Smtp(smtplib.SMTP):
    """Speaks over a connection that is there already."""

    def __init__(self, line: socket.socket, host: str, port: int, name: str) -> None:
        self._line = line
        super().__init__(host, port, local_hostname=name, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        del host, port, timeout
        return self._line


@contextmanager
def told(host: str) -> Iterator[None]:
    """What goes wrong, as a sentence."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise OutgoingError(f"{host} refuses the credentials of who sends.") from error
    except smtplib.SMTPResponseException as error:
        raise _refused(host, error.smtp_code, error.smtp_error) from error
    except ssl.SSLCertVerificationError as error:
        raise OutgoingError(f"{host} has no certificate that can be trusted: {error.verify_message}.") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise OutgoingError(f"{host} does not answer as a mail server does ({type(error).__name__}).") from error


class Post:
    """One connection, signed in. Everything blocks, and raises what ``told`` tells."""

    def __init__(self, line: socket.socket, place: Place, lines: Lines, address: str, user: str, password: str) -> None:
        host = place.host
        self._host = host
        secured = lines.tls.wrap_socket(line, server_hostname=host) if place.secure else line
        self._smtp = _Smtp(secured, host, place.port, address.rpartition("@")[2])
        try:
            self._smtp.ehlo_or_helo_if_needed()
            if not place.secure:
                self._secure(host, lines)
            if self._smtp.has_extn("auth"):
                self._sign_in(user, password)
        except BaseException:
            self._smtp.close()
            raise

    def _secure(self, host: str, lines: Lines) -> None:
        if self._smtp.has_extn("starttls"):
            self._smtp.starttls(context=lines.tls)
            self._smtp.ehlo_or_helo_if_needed()
        elif not lines.may_be_plain(host):
            raise OutgoingError(
                f"{host} offers no TLS. Plain SMTP is for hosts of your own that UNDERSTUDY_OUTGOING_ALLOW names."
            )

    def _sign_in(self, user: str, password: str) -> None:
        if user.isascii() and password.isascii():
            self._smtp.login(user, password)
            return
        plain = b64encode(f"\0{user}\0{password}".encode()).decode()  # the library's own is for ASCII alone
        code, answer = self._smtp.docmd("AUTH", f"PLAIN {plain}")
        if code != _SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)

    @property
    def line(self) -> socket.socket | None:
        """The connection as it is now."""
        return self._smtp.sock

    def begin(self, sender: str, recipient: str) -> None:
        """Say from whom to whom; most of what a server refuses, it refuses here."""
        for code, answer in (self._smtp.mail(sender), self._smtp.rcpt(recipient)):
            if code not in _TAKEN:
                raise _refused(self._host, code, answer)

    def send(self, data: bytes) -> None:
        """Send it.

        Raises:
            NotSentError: it was refused; anything else that is raised leaves it open.

        """
        try:
            code, answer = self._smtp.data(data)
        except smtplib.SMTPDataError as error:
            raise NotSentError(str(_refused(self._host, error.smtp_code, error.smtp_error))) from error
        if code != _DONE:
            raise NotSentError(str(_refused(self._host, code, answer)))

    def close(self) -> None:
        """Sign out."""
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self.drop()

    def drop(self) -> None:
        """End the connection, whatever its state."""
        self._smtp.close()


def _refused(host: str, code: int, answer: bytes | str) -> OutgoingError:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    sentence = f"{host} does not take the mail ({code} {' '.join(said.split())[:200]})."
    return BusyError(sentence, 60.0) if code in _LATER else OutgoingError(sentence)
