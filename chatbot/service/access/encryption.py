"""Encrypts secrets that must be readable later, under the desk's own ``secret.key``.

A copied database alone gives them to nobody.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatbot.errors import NotReadyError


class Encryptor:
    """Encrypts and authenticates short texts (Fernet, its key derived from the desk's secret by HKDF-SHA-256)."""

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"understudy inbox keys").derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def encrypt(self, text: str) -> str:
        """The text, encrypted; ASCII."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted: str) -> str:
        """The text.

        Raises:
            NotReadyError: it was encrypted under another secret.

        """
        try:
            return self._fernet.decrypt(encrypted.encode()).decode()
        except InvalidToken as error:
            raise NotReadyError(
                "An inbox's key, a webhook's secret, or somebody's second factor, was made under another secret.key "
                "than this home folder has. Bring it back, or make new ones: understudy inboxes keys rotate INBOX, "
                "understudy webhooks rotate ID, understudy agents remove-factor EMAIL."
            ) from error
