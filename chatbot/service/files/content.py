"""What an uploaded file is, by its content alone, and a clean copy of it with a small picture of it.

A picture is decoded and written anew: what it says of places and devices (EXIF, comments) is left behind, and so is
whatever was hidden after or inside it. A PDF is only looked at: no viewer of ours opens it, it is downloaded. Neither
names nor Content-Type are believed; nothing here knows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, ImageSequence

from chatbot.service.files.refusals import FileKindError

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}
KINDS = {**PICTURES, "pdf": "application/pdf"}
"""What is taken, with the type it is served as."""
MOST_PIXELS = 50_000_000
"""Of one picture: 200 MB while it is decoded."""
MOST_PIXELS_MOVING = 20_000_000
"""Of all frames of a moving one together, which are in memory at once."""
_MOST_FRAMES = 300
_SMALL = (480, 480)
_STARTS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"RIFF": "WEBP",
}
_PDF = b"%PDF-"
_TAIL = 2048
_XREF = re.compile(rb"startxref\s{1,4}([0-9]{1,12})\s{1,4}%%EOF")
_TABLE = re.compile(rb"\s{0,4}(?:xref|[0-9]{1,10} [0-9]{1,5} obj)")


@dataclass(frozen=True, slots=True)
class Content:
    """What a file turned out to be; width and height are a picture's."""

    kind: str
    width: int | None = None
    height: int | None = None


def cleaned(source: Path, target: Path, small: Path) -> Content:
    """Write a clean copy of ``source`` to ``target``, and of a picture a small one to ``small``. Takes its time.

    Raises:
        FileKindError: it is none of the kinds that are taken, or broken, or too large once unpacked.

    """
    with source.open("rb") as file:
        head = file.read(16)
    if head.startswith(_PDF):
        _check_pdf(source)
        source.replace(target)
        return Content("pdf")
    form = next((name for start, name in _STARTS.items() if head.startswith(start)), None)
    if form is None:
        raise FileKindError(occasion="file_kind")
    try:
        return _picture(source, form, target, small)
    except FileKindError:
        raise
    except Exception as broken:
        # Decoders of hostile bytes raise whatever they like: struct.error, SyntaxError, DecompressionBombError, …
        raise FileKindError(occasion="file_kind") from broken


def _check_pdf(source: Path) -> None:
    """Refuse what only begins like a PDF: its end has to say where its table lies, and the table has to be there."""
    with source.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        found = _XREF.search(file.read())
        if found is not None and int(found[1]) < size:
            file.seek(int(found[1]))
            if _TABLE.match(file.read(32)):
                return
    raise FileKindError(occasion="file_kind")


def _picture(source: Path, form: str, target: Path, small: Path) -> Content:
    with Image.open(source, formats=[form]) as picture:
        width, height = picture.size
        moving = form in {"GIF", "WEBP"}
        if width * height > (MOST_PIXELS_MOVING if moving and form == "GIF" else MOST_PIXELS):
            raise FileKindError(occasion="file_kind")
        frames = getattr(picture, "n_frames", 1) if moving else 1
        if frames > _MOST_FRAMES or (frames > 1 and width * height * frames > MOST_PIXELS_MOVING):
            raise FileKindError(occasion="file_kind")
        if frames > 1:
            first = _moving(picture, form, target)
        else:
            first = _plain(ImageOps.exif_transpose(picture), form)
            first.save(target, form, **({"quality": 90} if form in {"JPEG", "WEBP"} else {}))
        size = first.size
        first.thumbnail(_SMALL)
        first.convert("RGBA" if "A" in first.getbands() else "RGB").save(small, "WEBP", quality=80)
    return Content(form.lower(), *size)


def _plain(picture: Image.Image, form: str) -> Image.Image:
    """The pixels alone, in colours that the form can hold."""
    clear = "transparency" in picture.info or "A" in picture.getbands()
    mode = "L" if picture.mode in {"1", "L"} and not clear else "RGBA" if clear and form != "JPEG" else "RGB"
    plain = picture.convert(mode)
    plain.info = {}
    return plain


def _moving(picture: Image.Image, form: str, target: Path) -> Image.Image:
    """Write every frame anew; the first is returned."""
    frames, times, canvas = [], [], picture.size
    for frame in ImageSequence.Iterator(picture):
        if frame.size != canvas:  # a later frame may enlarge it beyond what was checked
            raise FileKindError(occasion="file_kind")
        times.append(int(frame.info.get("duration", 100)))
        frames.append(_plain(frame, form))
    more: dict[str, Any] = {"loop": int(picture.info.get("loop", 0)), "duration": times, "save_all": True}
    frames[0].save(target, form, append_images=frames[1:], **more, **({"disposal": 2} if form == "GIF" else {}))
    return frames[0].copy()
