"""Joins a browser script with the modules it imports, makes it small and compresses it.

The sources in ``web/`` stay native modules that run as they stand; the server joins them when a script is first asked
for (ADR 21). Only what those modules use is understood: named imports of ``./neighbour.js``, ``../folder/other.js`` and
``../../folder/other.js`` at the start of a line, and ``export`` before a declaration. Anything else is an error that a
test meets, not a visitor.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import minify
from zopfli import gzip

if TYPE_CHECKING:
    from collections.abc import Collection

_FROM = r'"((?:\./|(?:\.\./){1,2})(?:[\w-]+/)?[\w-]+\.js)"'
_IMPORT = re.compile(rf"^import \{{ (\w+(?:, \w+)*) \}} from {_FROM};$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_PRIVATE = re.compile(r"^ +(?:static |async |get |set )*#(\w+)", re.MULTILINE)  # where a class declares one
# The minifier joins declarations of one kind, and puts what is taken apart before what it is taken from: it turns
# `const a = b(); const {c} = d({a})` round. So the two never stand together as one kind.
_TAKEN_APART = re.compile(r"^( *)const (?=[{\[])", re.MULTILINE)
_TOGETHER = re.compile(r"^ *let \w.*;\n *let [{\[]", re.MULTILINE)
_DROPPED = re.compile(r"\bvoid \(")  # what the minifier drops of `void (a || b())` is all of it
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
    imports: dict[Path, tuple[str, ...]]
    exports: tuple[str, ...]
    body: str


class Packer:
    """Packs the files of one folder, and packs one again when a file that it was made of has changed.

    ``start``: the script with which a page of this folder begins. What it has of the modules of another, which the page
    loads later, that one takes from it, so that there is one of each (and so the start may not wait for it at its top).
    """

    def __init__(self, folder: Path, start: str | None = None) -> None:
        self._folder = folder.resolve()
        self._start = None if start is None else self._folder / start
        self._kept: dict[str, tuple[dict[Path, int], Packed]] = {}

    def pack(self, name: str) -> Packed | None:
        """A style as it stands, or a script with all it imports.

        None where the folder has none of that name, or the start has it in itself.
        """
        found = (path for path in self._folder.rglob(f"*{Path(name).suffix}"))
        entry = next((path for path in found if path.relative_to(self._folder).as_posix() == name), None)
        if entry is None:
            return None
        kept = self._kept.get(name)
        if kept is None or any(_modified(path) != modified for path, modified in kept[0].items()):
            made = self._script(entry) if entry.suffix == ".js" else _as_it_stands(entry)
            if made is None:
                return None
            made_of, plain = made
            digest = hashlib.sha256(plain).hexdigest()[:32]
            # mtime=0: the same file is the same bytes on every server.
            packed = Packed(plain, gzip.compress(plain, numiterations=5), f'"{digest}"')
            kept = self._kept[name] = (made_of, packed)
        return kept[1]

    def _script(self, entry: Path) -> tuple[dict[Path, int], bytes] | None:
        there: dict[Path, _Module] = {}
        if self._start is not None and self._start != entry:
            there = {module.path: module for module in _collected(self._start)}
        if entry in there:
            return None
        modules = _collected(entry, there)
        joined = _joined(modules, there, whole=entry == self._start)
        made_of = {module.path: module.modified for module in (*there.values(), *modules)}
        return made_of, _small(_shortened(joined)).encode()


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _as_it_stands(path: Path) -> tuple[dict[Path, int], bytes]:
    return {path: _modified(path)}, path.read_bytes()


def _collected(entry: Path, there: Collection[Path] = ()) -> list[_Module]:
    """All modules that ``entry`` needs and that are not ``there``, each after all it uses; ``entry`` is the last."""
    found: dict[Path, _Module] = {}

    def collect(path: Path, above: tuple[Path, ...]) -> None:
        if path in above:
            raise PackingError(f"{path.name} imports itself by way of {' and '.join(one.name for one in above)}.")
        if path in found or path in there:
            return
        module = _read(path, entry)
        for imported in module.imports:
            collect(imported, (*above, path))
        found[path] = module

    collect(entry, ())
    return list(found.values())


def _read(path: Path, entry: Path) -> _Module:
    modified, text = _modified(path), path.read_text("utf-8")
    imported = ((match[2], match[1].split(", ")) for match in _IMPORT.finditer(text))
    imports = {Path(os.path.normpath(path.parent / where)): tuple(names) for where, names in imported}
    body = _IMPORT.sub("", text)
    exports = tuple(match[1] for match in _EXPORT.finditer(body))
    plain = _EXPORT.sub("", body)
    body = re.sub(r"^export default ", "const _default = ", plain, flags=re.MULTILINE)
    if body != plain:
        exports = (*exports, "_default as default")
    left = _LEFT.search(body)
    if left is not None and not (path == entry and left[0].startswith("export {")):  # what an entry re-exports
        raise PackingError(f"{path.name}: cannot join `{left[0]}`.")
    if path.parent != entry.parent and _RELATIVE.search(_small(body)):
        raise PackingError(f"{path.name}: import() and import.meta would be relative to {entry.parent.name}/.")
    return _Module(path, modified, imports, exports, body)


def _joined(modules: list[_Module], there: dict[Path, _Module], *, whole: bool) -> str:
    """One script: each module but the entry in a scope of its own, its exports visible to all that follow.

    What is ``there`` is imported from the last of that, which was joined as a ``whole``: it exports all that it has.
    """
    *inner, entry = modules
    taken = dict.fromkeys(_DECLARED.findall(entry.body), entry.path)
    parts = []
    wanted = [names for module in modules for path, names in module.imports.items() if path in there]
    if wanted:
        start = os.path.relpath(list(there)[-1], entry.path.parent)
        parts.append(f'import{{{",".join(dict.fromkeys(chain(*wanted)))}}}from"./{start}";')
    for module in inner:
        for name in module.exports:
            if name in taken:
                raise PackingError(f"{module.path.name} and {taken[name].name} both have a name `{name}`.")
            taken[name] = module.path
        exports = f"{{{','.join(module.exports)}}}"
        parts.append(f"const{exports}=(()=>{{\n{module.body}\nreturn{exports};\n}})();")
    told = (*(name for module in inner if whole for name in module.exports), *entry.exports)
    exported = [f"export{{{','.join(told)}}};"] if told else []
    return "\n".join([*parts, entry.body, *exported])


def _small(script: str) -> str:
    """The same program without comments and spaces, and with short names where nobody else can see them."""
    script = _TAKEN_APART.sub(r"\1let ", script)
    if (wrong := _TOGETHER.search(script) or _DROPPED.search(script)) is not None:
        raise PackingError(f"The minifier would turn this round or drop it: `{wrong[0].strip()}`.")
    try:
        small: str = minify.string("application/javascript", script)
    except minify.MinifyError as wrong:
        raise PackingError(f"A script cannot be read: {wrong}.") from wrong
    return small


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
