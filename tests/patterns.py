"""Every regular expression of the project, found rather than listed, and texts made to keep each of them busy.

Found: what modules, their classes, containers and cached functions hold, and what is written out in a call of ``re``.
Made: runs of what trips expressions in general, and of the beginnings of what the expression itself looks for.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import inspect
import pkgutil
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "retrieval", "finetune", "chatbot")
_ONE_CHARACTER = frozenset({codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY})
_AT_START = frozenset({"match", "fullmatch"})
_NOT_SEARCHING = _AT_START | {"pattern", "flags", "groups", "groupindex"}


@dataclasses.dataclass(frozen=True, slots=True)
class Used:
    """A pattern, where it stands, and whether it is only ever tried at the beginning of a text."""

    where: str
    pattern: re.Pattern[str]
    at_start: bool

    def run(self, text: str) -> None:
        """Use it on a text as the project does, as often as it applies."""
        if self.at_start:
            self.pattern.match(text)
            self.pattern.fullmatch(text)
        else:
            for _ in self.pattern.finditer(text):
                pass


def project_patterns() -> list[Used]:
    """Every pattern once, under the first place it was found at."""
    uses = _uses()
    found: dict[tuple[str, int], Used] = {}
    for where, name, pattern in _held():
        if isinstance(pattern.pattern, str):
            methods = uses.get((where.rpartition(".")[0], name) if name.startswith("_") else ("", name), {"search"})
            used = Used(where, pattern, at_start=bool(methods) and methods <= _NOT_SEARCHING)
            before = found.get((pattern.pattern, pattern.flags))
            if before is None or (before.at_start and not used.at_start):
                found[pattern.pattern, pattern.flags] = used
    known = {text for text, _ in found}
    return [*found.values(), *(used for used in _written_out() if used.pattern.pattern not in known)]


def repeats_a_group_possessively(pattern: re.Pattern[str]) -> bool:
    """Whether ``(…)*+`` stands in it, for more than one character: an atomic group round the repeat says the same.

    Python before 3.11.5, as Debian 12 has it, matches that wrongly or takes all memory (CPython's issue 106052).
    """
    return _repeats_possessively(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))


def _repeats_possessively(parsed: parser.SubPattern) -> bool:
    for code, value in parsed:
        if code is codes.POSSESSIVE_REPEAT:
            group = list(value[2])  # type: ignore[index]
            if len(group) > 1 or group[0][0] not in _ONE_CHARACTER:
                return True
        if any(_repeats_possessively(inner) for inner in _parsed_inside(value)):
            return True
    return False


def _parsed_inside(value: object) -> Iterator[parser.SubPattern]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _parsed_inside(one)


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for info in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not re.search(r"\.migrations\.|__main__", info.name):
                yield importlib.import_module(info.name)


def _held() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    for module in _modules():
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", module.__name__) == module.__name__ or not callable(value):
                for pattern in _inside(_called(value), set()):
                    yield f"{module.__name__}.{name}", name, pattern


def _called(value: object) -> object:
    """What a cached function without parameters gives: there tables of patterns are built."""
    if not hasattr(value, "cache_info"):
        return value
    needed = [one for one in inspect.signature(value).parameters.values() if one.default is one.empty]
    return None if needed else value()


def _inside(value: object, seen: set[int]) -> Iterator[re.Pattern[str]]:
    if isinstance(value, (str, bytes, int, float, ModuleType)) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
        return
    inner: list[object] = []
    if isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = list(value)
    elif isinstance(value, functools.partial):
        inner = [value.func, *value.args, *value.keywords.values()]
    elif inspect.ismethod(value):
        inner = [value.__self__]
    elif isinstance(value, type):
        inner = [one for name, one in vars(value).items() if not name.startswith("__")]
    elif type(value).__module__.partition(".")[0] in PACKAGES:
        inner = [
            getattr(value, name, None) for name in (*getattr(value, "__slots__", ()), *getattr(value, "__dict__", ()))
        ]
    for one in inner:
        yield from _inside(one, seen)


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _written_out() -> Iterator[Used]:
    """``re.sub(r"...", …)``, and ``re.compile`` of what no module holds."""
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_of_re(node.func) and node.args:
                text = _text(node.args[0])
                if text is not None and node.func.attr != "escape":
                    yield Used(f"{path}:{node.lineno}", re.compile(text), at_start=node.func.attr in _AT_START)


def _is_of_re(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"


def _text(node: ast.expr) -> str | None:
    """A literal; in an f-string a word stands for what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "word" for part in node.values)
    return None


def _uses() -> dict[tuple[str, str], set[str]]:
    """By the module (of private ones) and the name of a global, the methods it is used by.

    "search" is among them where it goes elsewhere by itself.
    """
    uses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, tree in _sources():
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        attributes = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                place = module if node.id.startswith("_") else ""
                uses[place, node.id].add(attributes.get(id(node), "search"))
    return uses


COMMON = (
    *" \t\n\rabA1é中\u00a0_@.,;:!?()[]{}<>\"'`/\\+-*#=|&%$€^~",
    *(
        "a ",
        "A ",
        "Aa ",
        "1 ",
        "1-",
        "1.",
        "1,",
        "1:",
        "a.",
        "a@",
        "a-",
        "a1",
        "1a",
        "a\n",
        " \n",
        "\r\n",
        "\n ",
        " \t",
        "..",
        "[(",
    ),
    *(
        "((",
        "<a",
        "</",
        "> ",
        ">a",
        "- ",
        "--",
        "**",
        "://",
        "http://",
        "www.",
        "a@a.",
        "+1 ",
        "€1",
        "1 1-",
        "a, ",
        "A. ",
        "#1",
    ),
    *("x" * 30 + " ", "1" * 30 + " ", "a" * 70 + "\n"),
)
"""Texts to repeat that trip expressions of any kind."""


def own(pattern: re.Pattern[str], count: int = 3) -> list[str]:
    """Texts to repeat that are what the pattern looks for: its beginnings, of several lengths, along some branches."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    made: dict[str, None] = {}
    for seed in range(count):
        chance = random.Random(seed)
        parts = [_example(item, chance) for item in _flat(tree)]
        for end in range(1, len(parts) + 1):
            for start in {0, max(0, end - 2)}:
                if text := "".join(parts[start:end]):
                    made[text] = None
                    if text[:-1]:
                        made[text[:-1]] = None
    return random.Random(0).sample(list(made), min(len(made), 60))


def _flat(tree: parser.SubPattern) -> list[tuple[object, object]]:
    """The sequence of a pattern; a group around all of it taken off."""
    items = list(tree)
    while len(items) == 1 and items[0][0] is codes.SUBPATTERN:
        items = list(items[0][1][-1])
    return items


def _example(item: tuple[object, object], chance: random.Random) -> str:
    """Some text that one item of a parsed pattern takes; nothing for what only looks around."""
    code, value = item
    match code:
        case codes.LITERAL:
            return chr(value)
        case codes.NOT_LITERAL | codes.ANY:
            return "x" if value != ord("x") else "y"
        case codes.IN:
            return _one_of(value, chance)
    inner = []
    match code:
        case codes.BRANCH:
            inner = chance.choice(value[1])
        case codes.SUBPATTERN:
            inner = value[-1]
        case codes.ATOMIC_GROUP:
            inner = value
        case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
            least, most, repeated = value
            inner = [*repeated] * min(int(most), max(int(least), chance.choice((1, 2, 3))))
    return "".join(_example(each, chance) for each in inner)


_OF_CATEGORY = {"DIGIT": "1", "SPACE": " ", "WORD": "a", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}


def _one_of(items: list[tuple[object, object]], chance: random.Random) -> str:
    if items[0][0] is codes.NEGATE:
        barred = re.compile(_class_of(items))
        return next((one for one in "x1 .-,A@\n" if not barred.match(one)), "ü")
    code, value = chance.choice(items)
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(chance.randint(*value))
    return _OF_CATEGORY.get(str(value).removeprefix("CATEGORY_"), "a")


def _class_of(items: list[tuple[object, object]]) -> str:
    """A character class of what a negated one leaves out."""
    parts = []
    for code, value in items[1:]:
        if code is codes.LITERAL:
            parts.append(re.escape(chr(value)))
        elif code is codes.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            name = str(value).removeprefix("CATEGORY_")
            letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.removeprefix("NOT_")]
            parts.append("\\" + (letter.upper() if name.startswith("NOT_") else letter))
    return f"[{''.join(parts)}]"
