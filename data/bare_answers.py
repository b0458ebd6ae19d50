"""Takes off an answer what says who writes to whom: "Hi Maria," and "Elodie here." first, "All the best, Maren" last.

The greeted customer was another one, and who answers next is not Maren. Works on set forms in eight languages
(``bare_answers.toml``); a name that matters ("ask for Priya in the shop") stays. What a mail ends with is cut
by ``cleaning/signatures.py``, a line at least.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.closings import CLOSINGS, WIDE_CLOSINGS
from data.masking.given_names import is_given_name
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from data.transcripts import Turn

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _any(table: str, *names: str) -> str:
    return "|".join(form for name in names for form in _TABLE[table][name])


_SLOT = r"\[NAME(?:_\d+)?\]"  # a name that was masked
_CAPITAL = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff]"
_NAME = rf"(?:{_CAPITAL}[\w'\u2019-]*+|{_SLOT})"
_NAMES = rf"{_NAME}(?:[ \t]{_NAME}){{0,2}}"
_TITLED = rf"(?:(?:Mr|Mrs|Ms|Dr|Sr|Sra)\.?[ \t]+)?(?:[^\W\d_][\w'\u2019-]*+|{_SLOT})(?:[ \t]+{_NAME}){{0,2}}"
_GREETED = rf"(?:{_any('greetings', 'plain', 'capital')})"
_SMILE = "\u2600-\u27bf\U0001f000-\U0001faff\ufe0f"
_TITLE = rf"(?:(?:{_CAPITAL}[\w'\u2019-]*+|&|the|our|of|and)(?:\s|(?=[.,)]|\Z))){{1,6}}"
_GREETING = re.compile(
    rf"(?m:^)(?:(?i:{_any('greetings', 'plain')})(?:[ \t]+|,[ \t]+(?={_SLOT}))(?!(?i:{_any('greetings', 'nobody')})\b)"
    rf"{_TITLED}[ \t]*(?:[,!:.\u2013{_SMILE}-]+[ \t]*|(?=\n))|"
    rf"(?i:{_any('greetings', 'capital')})[ \t]+{_NAMES}[ \t]*(?:[,!{_SMILE}]+[ \t]*|(?=\n)))\s*"
)
_INTRODUCTION = re.compile(
    rf"(?:(?m:^)|(?<=[.!?\u2026]\s))(?P<greeting>(?i:{_GREETED})(?: (?i:there))?[,!.]*\s+)?"
    rf"(?:(?:(?P<weak>(?i:{_any('introductions', 'weak')}))|(?i:{_any('introductions', 'before')})) "
    rf"(?P<first>{_NAMES})|"
    rf"(?P<last>{_NAMES}) (?:(?:at|from) [^.,!?\n]{{1,30}}? )?(?i:{_any('introductions', 'after')}))"
    rf"(?P<of>(?i:{_TABLE['introductions']['of']}))(?i:{_TABLE['introductions']['task']})"
    r"(?:[ \t]*(?:[.,!]+|[\u2013-])|(?=\n)|\Z)\s*"
)
_SMALL = re.compile(
    rf"(?:(?m:^)|(?<=[.!?\u2026]\s))([^\W\d_][\w-]{{1,20}}) (?i:{_any('introductions', 'after')})"
    r"(?:[.,!]+|(?=\n)|\Z)\s*"
)
"""A name written small, as those are that people give themselves on a forum."""
_BY_THE_WAY = re.compile(
    r"(?:,| and| \u2013| -) (?i:(?:and )?(?:this is|my name is|I['\u2019]m|"
    r"you['\u2019]re (?:speaking|chatting|talking) (?:with|to)))"
    rf" (?P<name>{_NAMES})(?=[.!])"
)
"""After "Thanks for contacting us"."""
_SPEAKER = re.compile(
    rf"(?:(?m:^)|(?<=[.!?\u2026]\s))(?:(?P<name>{_NAMES}) (?i:from|at|with|von|vom|de|du|van|di) {_TITLE}[.!]|"
    rf"(?P<agent>(?i:agent|support|helper|operator) )?(?P<speaker>{_NAMES}):)\s*"
)
"""With no more words than where they are from, or as a play has them."""
_WIDE_INTRODUCTION = re.compile(
    rf"\A((?:\u60a8\u597d|\u4f60\u597d)?[\uff0c,!\uff01\u3002]?)\s*"
    rf"(?:\u6211\u53eb|\u6211\u662f(?:[^\uff0c,\u3002\uff01!\n]{{0,12}}?\u5ba2\u670d(?:\u4e13\u5458)?)|\u6211\u662f(?={_SLOT}|[\u5c0f\u8001][\u4e00-\u9fff]))"
    rf"(?:[\u4e00-\u9fff]{{0,3}}|{_CAPITAL}\w*|{_SLOT})[\uff0c,\u3002\uff01!]\s*"
)
_CLOSED = rf"(?i:{'|'.join(map(re.escape, CLOSINGS))})"
_TAIL = rf"(?:[\s.,!{_SMILE}]|[:;]-?[)DP(]|\sx{{1,3}}(?=\s*\Z))*\Z"
_OPENS = r"(?:(?<!\s)[^\S\n]*+\n\s*+|(?<=[.!?\u2026)])[^\S\n]++|\A\s*+)"
_ROLE = rf"(?: ?\([^()\n]{{2,40}}\)|(?:,| from| at| [|\u2013-]) {_TITLE})"
_SIGNED = re.compile(
    rf"{_OPENS}(?:(?P<regards>(?i:{_any('closings', 'regards')}))|"
    rf"(?P<closing>{_CLOSED}|(?i:{_any('closings', 'words')})))"
    rf"(?P<gap>[ \t]*+[,!.\u2013\u2014-]++\s*+|[^\S\n]*+\n\s*+|[ \t]++)?"
    rf"(?:(?i:(?:from|aus|de|van|da|dal) )[^.,?!\n]{{2,40}}|(?P<team>(?i:{_TABLE['closings']['team']}))|"
    rf"[~\u2013\u2014-]?[ \t]?(?P<name>{_NAMES})(?:{_ROLE}|\s*\n{_TITLE})?)?{_TAIL}"
)
_ALONE = re.compile(
    rf"(?P<opens>{_OPENS})(?:(?P<mark>[~\u2013\u2014^-]{{1,2}})[ \t]?)?(?P<name>{_NAMES})"
    rf"(?P<role>{_ROLE})?{_TAIL}"
)
_SMALL_SIGNED = re.compile(
    rf"{_OPENS}(?:[~\u2013\u2014-]{{1,2}}[ \t]?|(?:(?i:{_any('closings', 'regards')})|{_CLOSED})[,!. ]*+\s*+(?<=\s))?"
    r"([^\W\d_][\w.-]{1,20})\s*\Z"
)
_WIDE_SIGNED = re.compile(
    rf"(?:[\u3002\uff01!]|(?<!\s)[^\S\n]*+\n)\s*+(?:{'|'.join(WIDE_CLOSINGS)})[\uff0c,\u3002!\uff01]?[^\S\n]*+\n\s*+"
    r"[\u4e00-\u9fff]{2,6}\s*\Z"
)
_ADDRESSED = re.compile(
    rf"\b(?P<thanks>(?i:{_any('thanks', 'words')})),?[ \t](?P<thanked>{_NAME})(?=[,.!?])|"
    rf"(?P<message>(?i:thanks|thank you) for [^,.!?\n]{{3,40}}),?[ \t](?P<sender>{_NAME})(?=[.!])|"
    rf",[ \t](?P<last>{_NAME}|[^\W\d_][\w-]+)(?=[.!?])"
)
_ADDRESSED_FIRST = re.compile(rf"(?:\A|(?<=[.!?\n]\s)|(?m:^)){_SLOT}(?:[ \t]{_SLOT})*[,!:]\s+(\w)")
_LISTED = re.compile(r"^[^\S\n]*+[~\u2013\u2014-]", re.MULTILINE)
_MAYBE = re.compile(rf"(?i:{_any('closings', 'words')})")
_PASSED = re.compile(rf"(?:(?:{_any('handover', 'passed', 'taken')})[\s.,!\u2026\u3002]*)+", re.IGNORECASE)
_TAKEN = re.compile(rf"\A(?:(?:{_any('handover', 'taken')})(?:[.!\u2026\u3002]+\s*|\Z))+", re.IGNORECASE)
_LONGEST_NAME = 15
_LONGEST_SIGNATURE = 160
"""Characters of an answer's end in which somebody signs."""
_LAYERS = 3
""""Thanks!" over "Best," over "Tom"."""


def names_in(turns: Iterable[Turn]) -> frozenset[str]:
    """The words of the names of those who wrote these turns, in lower case; bots have names that stay."""
    authors = (turn.author for turn in turns if turn.author and turn.role is not Role.BOT)
    words = (word for author in authors for word in (author, *(author.split() if author.istitle() else ())))
    return frozenset(word.casefold() for word in words if len(word) > 1)


def bare_answer(text: str, names: Collection[str] = ()) -> str:
    """The answer without greetings, introductions and signatures that name people; "Hi there" and "Hello!" stay.

    A name that only addresses the customer goes too: "Thanks, Maria!". ``names`` are words of names that certainly are
    some here, in lower case. Empty where nothing else was said, or only that somebody else takes over.
    """
    names = frozenset(names)
    bare = _TAKEN.sub("", _unsigned(_ungreeted(text, names), names).strip())
    return "" if _PASSED.fullmatch(bare) else bare


def _ungreeted(text: str, names: frozenset[str]) -> str:
    def introduced(match: re.Match[str]) -> str:
        said, alone = match["first"] or match["last"], match["last"] is not None
        sure = match["greeting"] or _named(said, names) or (alone and " " in said and match.start() == 0)
        if match["weak"]:
            sure = match["of"] or said.startswith("[") or said.casefold() in names
        return "" if sure else match.group()

    bare = _INTRODUCTION.sub(introduced, _GREETING.sub("", _INTRODUCTION.sub(introduced, text)))
    bare = _WIDE_INTRODUCTION.sub(r"\1", bare)
    bare = _SMALL.sub(lambda match: "" if match[1].casefold() in names else match.group(), bare)
    bare = _BY_THE_WAY.sub(lambda match: "" if _named(match["name"], names) else match.group(), bare)
    bare = _SPEAKER.sub(lambda match: "" if _speaks(match, names) else match.group(), bare)
    if "[NAME" in bare:
        bare = _ADDRESSED_FIRST.sub(lambda match: match[1].upper(), bare)
    bare = _ADDRESSED.sub(lambda match: _unaddressed(match, names), bare)
    return bare[:1].upper() + bare[1:] if bare != text else text


def _speaks(match: re.Match[str], names: frozenset[str]) -> bool:
    """Whether "Tom: " or "Tom from Leeds." names who writes; a given name before a colon may be a place."""
    if match["name"]:
        return _named(match["name"], names)
    return bool(match["agent"]) or match["speaker"].casefold() in names


def _unsigned(text: str, names: frozenset[str]) -> str:
    head, end = text[:-_LONGEST_SIGNATURE], text[-_LONGEST_SIGNATURE:].rstrip()
    for _ in range(_LAYERS):
        found = _signature(end, names, whole=not head)
        if found is None:
            break
        end = end[:found].rstrip()
    return head + end


def _signature(end: str, names: frozenset[str], *, whole: bool) -> int | None:
    """Where the signature begins with which a text ends; a text that is ``whole`` may be one altogether."""
    if found := _WIDE_SIGNED.search(end):
        return found.start() + 1
    for pattern, signs in ((_SIGNED, _signs), (_ALONE, _signs_alone), (_SMALL_SIGNED, _signs_small)):
        found = pattern.search(end)
        if found and (found.start() or whole) and signs(found, names):
            return found.start()
    return None


def _signs(match: re.Match[str], names: frozenset[str]) -> bool:
    """Whether a closing formula and what follows it are one: "Best Western" is a hotel."""
    formula, gap, name = match["regards"] or match["closing"], match["gap"] or "", match["name"]
    parted = bool(gap.strip(" .")) or "\n" in gap
    if _MAYBE.fullmatch(formula):
        return (bool(name) and (parted or _named(name, names))) or (bool(match["team"]) and parted)
    if match["regards"]:
        return not name or parted or not gap or _named(name, names) or name.istitle()
    return bool(name) and (parted or _named(name, names))


def _signs_small(match: re.Match[str], names: frozenset[str]) -> bool:
    return match[1].casefold() in names


def _signs_alone(match: re.Match[str], names: frozenset[str]) -> bool:
    """Whether words with capitals at the end are somebody's name: known as one, or one word after a sentence."""
    name, before = match["name"], match.string[: match.start()].rstrip()[-1:]
    if _named(name, names):
        return not match["role"] or match["role"].lstrip()[:1] in ",(|-\u2013" or "\n" in match["opens"]
    if match["role"] or before not in {*".!?\u2026)"}:
        return False
    if match["mark"]:
        return " " not in name and not _LISTED.search(match.string, 0, match.start())
    return not match.string.endswith(".") and _is_word(name)


def _is_word(name: str) -> bool:
    return " " not in name and 1 < len(name) <= _LONGEST_NAME and name.isalpha() and name.istitle()


@lru_cache(maxsize=4096)
def _named(words: str, names: frozenset[str]) -> bool:
    """Whether these words are somebody's name: masked, of somebody here, or begun by a given name."""
    parts = words.split()
    return words.startswith("[") or any(part.casefold() in names for part in parts) or is_given_name(parts[0])


def _unaddressed(match: re.Match[str], names: frozenset[str]) -> str:
    """Nothing in place of a name after a word of thanks, or after the last comma; elsewhere it is a part and stays."""
    if match["thanks"]:
        return match["thanks"] if _named(match["thanked"], names) else match.group()
    if match["message"]:
        return match["message"] if _named(match["sender"], names) else match.group()
    known = match["last"].startswith("[") or match["last"].casefold() in names
    said = re.split(r"[.!?\n]", match.string[: match.start()])[-1]
    alone = "," not in said and not re.search(r"[^\W\d_a-z][\w'\u2019-]{0,80}\Z", said) and is_given_name(match["last"])
    return "" if known or alone else match.group()
