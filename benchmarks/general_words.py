"""General words: makes the list of words that agents of any desk use (``retrieval/search/general_words.txt``) again.

    python benchmarks/general_words.py [--datasets FOLDER]

English: a word that agents use in at least DIALOGUES conversations of each of DESKS public sets, some of them forums
about software and some of them talks that order, book or ask, so that it belongs to no subject. Other languages: the
MOST words that are used most, of the lists of wordfreq (CC BY-SA 4.0), for there is no public support text in them.
Prints how many words each language has, one JSON line last. The sets are read, never copied.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import textwrap
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from data.masking.given_names import is_given_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORUMS = {
    "thunderbird": ("thunderbird/train",),
    "firefox": ("firefox/dialogues",),
    "irc_techsupport": (
        "irc_techsupport/train", "irc_techsupport/dev", "irc_techsupport/test", "irc_techsupport/stripe",
        "irc_techsupport/mediawiki_rust",
    ),
}  # fmt: skip
TALKS = {
    "star": ("star/dialogues",),
    "sgd": ("sgd/train", "sgd/dev", "sgd/test"),
    "taskmaster": ("taskmaster4/dialogues", "bcontrast_tm1/train", "bcontrast_tm1/dev", "bcontrast_tm1/test"),
    "dstc11_track5": ("dstc11_track5/dev",),
}
DIALOGUES = 3
"""Conversations of a set in which agents use a word."""
DESKS = 3
"""Sets that use it, with both kinds among them."""
LANGUAGES = ("de", "fr", "es", "it", "nl", "pt")
SURELY = 200
"""Words of each other language that are used most: kept, whatever name or English word is spelt like them."""
ENGLISH = 10_000
"""English words that are used most: what agents do not use of them is not general because it is French as well."""
MOST = 2000
"""Words of each other language: with 8000, what is told of one case ("heater", "hall") is among them."""
LIST = Path(__file__).resolve().parents[1] / "retrieval" / "search" / "general_words.txt"
HEAD = """\
# What agents of any desk say, made by benchmarks/general_words.py: a word in this list tells of no one case.
# English from the public sets thunderbird, firefox, irc_techsupport, star, sgd, taskmaster and dstc11_track5;
# the other languages from wordfreq 3.1 (Robyn Speer, CC BY-SA 4.0).
"""
_WORD = re.compile(r"(?<![\w@./])[a-z\u00df-\u024f]{2,30}(?![\w@/])")


def spoken(texts: Iterable[Iterable[str]]) -> set[str]:
    """The words that enough conversations use, of the agents' texts of each."""
    held = Counter(chain.from_iterable({word for text in texts_ for word in words(text)} for texts_ in texts))
    return {word for word, count in held.items() if count >= DIALOGUES}


def words(text: str) -> list[str]:
    """The words of a text without a capital, which names have, nor those of addresses."""
    return _WORD.findall(text)


def general(forums: Iterable[set[str]], talks: Iterable[set[str]]) -> list[str]:
    """The words of enough sets, of both kinds, in order."""
    of_forums, of_talks = Counter(chain.from_iterable(forums)), Counter(chain.from_iterable(talks))
    return sorted(word for word in of_forums.keys() & of_talks if of_forums[word] + of_talks[word] >= DESKS)


def answers(folder: Path, files: Iterable[str]) -> Iterator[list[str]]:
    """What agents say in each English conversation of a set."""
    for name in files:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["language"] == "en":
                    yield [turn["text"] for turn in row["turns"] if turn["role"] == "agent"]


def used_most(language: str, english: set[str]) -> tuple[list[str], set[str]]:
    """The words of a language that are used most, in order, and the given names among them, which are left out.

    So are the words of ``english``.
    """
    found = [word for word in most_used(language, MOST) if words(word) == [word]]
    names = {word for word in found[SURELY:] if is_given_name(word.capitalize())}
    return sorted(set(found) - names - english.difference(found[:SURELY])), names


def most_used(language: str, count: int) -> list[str]:
    """So many words of a language in the order of use."""
    from wordfreq import top_n_list

    return list(top_n_list(language, count, wordlist="small"))


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("UNDERSTUDY_DATASETS", "../shared/datasets"))
    folder = Path(parser.parse_args().datasets)
    of_sets = [[spoken(answers(folder, files)) for files in sets.values()] for sets in (FORUMS, TALKS)]
    support = general(*of_sets)
    english = set(most_used("en", ENGLISH)).difference(support)
    others = {language: used_most(language, english) for language in LANGUAGES}
    names = set().union(*(left_out for _, left_out in others.values()))
    lists = {"en": [word for word in support if word not in names]}
    lists |= {language: found for language, (found, _) in others.items()}
    seen: set[str] = set()
    parts = [HEAD]
    for language, found in lists.items():
        new = [word for word in found if word not in seen]
        seen.update(new)
        parts.append(f"# {language}\n{textwrap.fill(' '.join(new), 120, break_on_hyphens=False)}\n")
        print(f"{language}  {len(found)} words, {len(new)} of them new")
    LIST.write_text("".join(parts), encoding="utf-8")
    print(json.dumps({language: len(found) for language, found in lists.items()}))


if __name__ == "__main__":
    main()
