"""Why a file is not taken."""

from __future__ import annotations

from chatbot.errors import UnderstudyError


class FileTooLargeError(UnderstudyError):
    """A file has more bytes than the desk takes."""

    code = "file_too_large"
    status = 413
    title = "The file is too large"


class FileKindError(UnderstudyError):
    """A file is none of the kinds that are taken, whatever its name says, or is broken."""

    code = "file_kind"
    status = 415
    title = "Files of this kind are not taken"
