"""Finds national identity numbers that show themselves: a country's own shape and, where it has one, its check digit.

Those that are plain digits are found by the word before them (``cued``). Shapes and check digits are python-stdnum's.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_EDGE = r"(?<![A-Za-z\d\u00c0-\u052f_.,/#+-])"
_END = r"(?![A-Za-z\d\u00c0-\u052f_]|[.,/-]\d)"
_SHAPES = (  # the module that knows the check digit; a country alone has none
    ("us.ssn", r"\d{3}-\d{2}-\d{4}"),
    ("gb", r"\d\d-\d\d-\d\d[ ,/]{1,2}\d{8}"),
    ("gb", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]"),
    ("fr.nir", r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d"),
    ("es.dni", r"\d{8}-?[A-Z]"),
    ("es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    ("it.codicefiscale", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]"),
    ("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    ("ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d\d"),
    ("cn.ric", r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx]"),
    ("fi.hetu", r"[0-3]\d[01]\d\d\d[-+A]\d{3}[A-Y0-9]"),
    ("be.nn", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    ("ie.pps", r"\d{7}[A-W][ABHWTX]?"),
    ("mx.curp", r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HM][A-Z]{5}[A-Z\d]\d"),
    ("cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]"),
    ("in_.pan", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
    ("kr.rrn", r"\d\d[01]\d[0-3]\d-[1-8]\d{6}"),
    ("se.personnummer", r"(?:19|20)?\d\d[01]\d[0-3]\d[-+]\d{4}"),
    ("dk.cpr", r"[0-3]\d[01]\d\d\d-\d{4}"),
    ("cz.rc", r"\d\d[0156]\d[0-3]\d/\d{3,4}"),
    ("my.nric", r"\d\d[01]\d[0-3]\d-\d\d-\d{4}"),
    ("ar.cuit", r"2[0347]-\d{8}-\d"),
    ("pl.pesel", r"\d\d[0-3]\d[0-3]\d{6}"),
    ("za.idnr", r"\d\d[01]\d[0-3]\d{5}[01]8\d"),
    ("th.pin", r"\d-\d{4}-\d{5}-\d\d-\d"),
)  # fmt: skip
_ALL = re.compile(_EDGE + "(?:" + "|".join(f"(?P<i{n}>{shape})" for n, (_, shape) in enumerate(_SHAPES)) + ")" + _END)
_CHINESE_PLATE = re.compile(
    "[\u4eac\u6d25\u6caa\u6e1d\u5180\u8c6b\u4e91\u8fbd\u9ed1\u6e58\u7696\u9c81\u65b0\u82cf\u6d59\u8d63\u9102\u6842\u7518\u664b\u8499\u9655\u5409\u95fd\u8d35\u7ca4\u9752\u85cf\u5ddd\u5b81\u743c]"
    r"[A-HJ-Z][\u00b7\u2022 ]?(?=[A-Z\d]{0,5}\d)[A-HJ-NP-Z\d]{5,6}(?![A-Za-z\d])"
)


def find_plates(text: str) -> Iterator[tuple[int, int, str]]:
    """Chinese number plates, which a province's sign begins; others are found by the word before them."""
    for match in _CHINESE_PLATE.finditer(text):
        yield *match.span(), match.group()


def find_ids(text: str) -> Iterator[tuple[int, int, str]]:
    """National ids as (start, end, number without its separators)."""
    for match in _ALL.finditer(text):
        name = _SHAPES[int(str(match.lastgroup)[1:])][0]
        value = match.group()
        if "." not in name or _module(name).is_valid(value.upper()):
            yield *match.span(), "".join(c for c in value if c.isalnum()).upper()


@cache
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")
