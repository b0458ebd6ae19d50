"""Which words are given names, which are no names, and which are both: lists, and nothing of where a word stands."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from data.masking.words import phrases

_COUNTRIES = (
    "cs_CZ", "da_DK", "de_AT", "de_DE", "en_GB", "en_IE", "en_IN", "en_NZ", "en_US", "es_ES", "fi_FI", "fr_BE", "fr_FR",
    "hr_HR", "hu_HU", "it_IT", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_PT", "ro_RO", "sv_SE", "tr_TR",
)  # fmt: skip
_SHORTEST = 3


def is_given_name(word: str) -> bool:
    """Whether a word is a given name, and no other word beside."""
    return word in given_names() and word.casefold() not in listed("WORDS_TOO")


@cache
def given_names() -> frozenset[str]:
    """Given names of ``_COUNTRIES``, as the lists of Faker have them: whole words of three letters and more."""
    return _names_of("first_names", "first_names_female", "first_names_male")


def is_family_name(word: str) -> bool:
    """Whether a word is a family name, whatever else it is."""
    return word in _family_names()


@cache
def _family_names() -> frozenset[str]:
    return _names_of("last_names", "last_names_female", "last_names_male")


def _names_of(*lists: str) -> frozenset[str]:
    names: set[str] = set()
    for country in _COUNTRIES:
        people = import_module(f"faker.providers.person.{country}").Provider
        for listed_as in lists:
            names.update(getattr(people, listed_as, ()))
    return frozenset(name for name in names if name.isalpha() and len(name) >= _SHORTEST)


@cache
def listed(name: str) -> frozenset[str]:
    """Words that are no names (NOBODY), and names that are words too (WORDS_TOO), in lower case."""
    words = frozenset(phrases("people.toml", name))
    return words - listed("WORDS_TOO") if name == "NOBODY" else words


@cache
def low_names() -> frozenset[str]:
    """Given names as people write them in haste, without those that are words in any language of ours."""
    return frozenset(map(str.lower, given_names())) - listed("NOBODY") - listed("WORDS_TOO") - listed("LOW_WORDS")
