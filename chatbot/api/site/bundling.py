"""The widget's modules as a browser loads them: joined into one, without comments, compressed.

The sources in ``web/widget`` stay what they are, native modules that run as they stand; the server joins them when it
is first asked (ADR 21). Only what those modules use is understood: named imports of neighbours at the start of a line,
and ``export`` before a declaration. Anything else is an error that a test meets, not a visitor.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rjsmin import jsmin
from zopfli import gzip

if TYPE_CHECKING:
    from pathlib import Path

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class PackingError(Exception):
    """A module is written in a way that cannot be joined."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file as it goes out; ``etag`` is quoted, as the header wants it."""

    plain: bytes
    zipped: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Module:
    name: str
    imports: tuple[tuple[str, str], ...]  # names, file
    exports: tuple[str, ...]
    body: str


class Packer:
    """Packs the scripts of one folder, and packs them again when a file has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[int, Packed]] = {}

    def pack(self, name: str) -> Packed | None:
        """The script ``name`` with all it imports; None where the folder has none of that name."""
        stamps = {path.name: path.stat().st_mtime_ns for path in self._folder.glob("*.js")}
        if name not in stamps:
            return None
        newest, kept = max(stamps.values()), self._kept.get(name)
        if kept is None or kept[0] != newest:
            plain = jsmin(self.joined(name)).encode()
            digest = hashlib.sha256(plain).hexdigest()[:32]
            # mtime=0: the same script is the same bytes on every server.
            kept = self._kept[name] = (newest, Packed(plain, gzip.compress(plain, numiterations=5), f'"{digest}"'))
        return kept[1]

    def joined(self, name: str) -> str:
        """The module ``name`` as one script: its imports first, each in a scope of its own."""
        modules: dict[str, _Module] = {}
        self._collect(name, modules, ())
        *inner, entry = modules.values()
        return "\n".join([*(_scoped(module) for module in inner), _used(entry), _exporting(entry)])

    def _collect(self, name: str, found: dict[str, _Module], above: tuple[str, ...]) -> None:
        """Depth first, so that a module stands after everything it uses."""
        if name in above:
            raise PackingError(f"{name} imports itself by way of {' and '.join(above)}.")
        if name in found:
            return
        module = _read(name, (self._folder / name).read_text("utf-8"), entry=not above)
        for _, file in module.imports:
            self._collect(file, found, (*above, name))
        found[name] = module


def _read(name: str, text: str, *, entry: bool) -> _Module:
    imports = tuple((match[1], match[2]) for match in _IMPORT.finditer(text))
    body = _IMPORT.sub("", text)
    exports = tuple(match[1] for match in _EXPORT.finditer(body))
    plain = _EXPORT.sub("", body)
    body = re.sub(r"^export default ", "const _default = ", plain, flags=re.MULTILINE)
    if body != plain:
        exports = (*exports, "_default as default")
    left = _LEFT.search(body)
    if left is not None and not (entry and left[0].startswith("export {")):  # what an entry passes on stays a file
        raise PackingError(f"{name}: cannot join `{left[0]}`.")
    return _Module(name, imports, exports, body)


def _variable(file: str) -> str:
    return "$" + re.sub(r"\W", "_", file.removesuffix(".js"))


def _used(module: _Module) -> str:
    given = [f"const{{{names}}}={_variable(file)};" for names, file in module.imports]
    return "\n".join([*given, module.body])


def _scoped(module: _Module) -> str:
    return f"const {_variable(module.name)}=(()=>{{\n{_used(module)}\nreturn{{{','.join(module.exports)}}};\n}})();"


def _exporting(module: _Module) -> str:
    return f"export{{{','.join(module.exports)}}};"
