"""Joins a browser script with the modules it imports, strips comments, shortens private names and compresses it all.

The sources in ``web/`` stay native modules that run as they stand; the server joins them when a script is first asked
for (ADR 21). Only what those modules use is understood: named imports of ``./neighbour.js`` and ``../folder/other.js``
at the start of a line, and ``export`` before a declaration. Anything else is an error that a test meets, not a visitor.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from rjsmin import jsmin
from zopfli import gzip

_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "((?:\./|\.\./[\w-]+/)[\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_PRIVATE = re.compile(r"^ +(?:static |async |get |set )*#(\w+)", re.MULTILINE)  # where a class declares one
_RELATIVE = re.compile(r"\bimport\s*[.(]")  # import.meta and import(): what they mean depends on the file's address


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
    path: Path
    modified: int
    imports: tuple[Path, ...]
    exports: tuple[str, ...]
    body: str


class Packer:
    """Packs the scripts of one folder, and packs one again when a file that it was made of has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[str, tuple[dict[Path, int], Packed]] = {}

    def pack(self, name: str) -> Packed | None:
        """The script ``name`` with all it imports; None where the folder has none of that name."""
        entry = next((path for path in self._folder.glob("*.js") if path.name == name), None)
        if entry is None:
            return None
        kept = self._kept.get(name)
        if kept is None or any(_modified(path) != modified for path, modified in kept[0].items()):
            modules = _collected(entry)
            plain = jsmin(_shortened(_joined(modules))).encode()
            digest = hashlib.sha256(plain).hexdigest()[:32]
            # mtime=0: the same script is the same bytes on every server.
            packed = Packed(plain, gzip.compress(plain, numiterations=5), f'"{digest}"')
            kept = self._kept[name] = ({module.path: module.modified for module in modules}, packed)
        return kept[1]


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _collected(entry: Path) -> list[_Module]:
    """All modules that ``entry`` needs, each after everything it uses; ``entry`` is the last."""
    found: dict[Path, _Module] = {}

    def collect(path: Path, above: tuple[Path, ...]) -> None:
        if path in above:
            raise PackingError(f"{path.name} imports itself by way of {' and '.join(one.name for one in above)}.")
        if path in found:
            return
        module = _read(path, entry)
        for imported in module.imports:
            collect(imported, (*above, path))
        found[path] = module

    collect(entry, ())
    return list(found.values())


def _read(path: Path, entry: Path) -> _Module:
    modified, text = _modified(path), path.read_text("utf-8")
    imports = tuple(Path(os.path.normpath(path.parent / match[1])) for match in _IMPORT.finditer(text))
    body = _IMPORT.sub("", text)
    exports = tuple(match[1] for match in _EXPORT.finditer(body))
    plain = _EXPORT.sub("", body)
    body = re.sub(r"^export default ", "const _default = ", plain, flags=re.MULTILINE)
    if body != plain:
        exports = (*exports, "_default as default")
    left = _LEFT.search(body)
    if left is not None and not (path == entry and left[0].startswith("export {")):  # what an entry re-exports
        raise PackingError(f"{path.name}: cannot join `{left[0]}`.")
    if path.parent != entry.parent and _RELATIVE.search(jsmin(body)):
        raise PackingError(f"{path.name}: import() and import.meta would be relative to {entry.parent.name}/.")
    return _Module(path, modified, imports, exports, body)


def _joined(modules: list[_Module]) -> str:
    """One script: each module but the entry in a scope of its own, its exports visible to all that follow."""
    *inner, entry = modules
    taken = dict.fromkeys(_DECLARED.findall(entry.body), entry.path)
    parts = []
    for module in inner:
        for name in module.exports:
            if name in taken:
                raise PackingError(f"{module.path.name} and {taken[name].name} both have a name `{name}`.")
            taken[name] = module.path
        exports = f"{{{','.join(module.exports)}}}"
        parts.append(f"const{exports}=(()=>{{\n{module.body}\nreturn{exports};\n}})();")
    return "\n".join([*parts, entry.body, f"export{{{','.join(entry.exports)}}};"])


def _shortened(script: str) -> str:
    """The script with private names of a letter or two; none but their own class can use them."""
    names = dict.fromkeys(_PRIVATE.findall(script))
    short = {name: _letters(number) for number, name in enumerate(names)}
    used = re.compile(
        rf"((?<=\.)|^ +(?:static |async |get |set )*)#({'|'.join(names)})\b|#({'|'.join(names)})(?= in )", re.MULTILINE
    )
    return used.sub(lambda match: f"{match[1] or ''}#{short[match[2] or match[3]]}", script) if names else script


def _letters(number: int) -> str:
    """One of a to z, then aa, ab and so on."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("a") + last)
