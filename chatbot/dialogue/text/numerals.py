"""Reads numerals, units, currencies and month names as customers and agents write them.

Small tables for English, German, French, Spanish, Italian, Dutch, Czech and Chinese: what support texts hold,
not a grammar. A form that is missing here makes a check stricter, never laxer.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_UNIT_FORMS: Final = {
    "second": "second seconds sec secs sekunde sekunden seconde secondes segundo segundos secondo secondi 秒",
    "minute": "minute minutes min mins minuten minuto minutos minuti minuut minut minuty 分钟",
    "hour": "hour hours hr hrs h stunde stunden heure heures hora horas ora ore uur uren hodina hodiny hodin 小时",
    "day": "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen den dny dní dnů 天 日",
    "week": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken"
    "  týden týdny týdnů 周 星期",
    "month": "month months monat monate monaten mois mes meses mese mesi maand maanden měsíc měsíce měsíců 个月",
    "year": "year years yr yrs jahr jahre jahren an ans année années año años anno anni jaar rok roky let 年",
    "%": "% percent prozent procent 百分",
    "EUR": "€ eur euro euros",
    "USD": "$ us$ usd dollar dollars dólar dólares",
    "GBP": "£ gbp pound pounds quid",
    "CZK": "kč czk",
    "CHF": "chf franken francs",
    "CNY": "¥ cny rmb yuan 元",
    "kg": "kg kilo kilos kilogram kilograms 公斤",
    "g": "g gram grams gramm",
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm",
    "mm": "mm",
    "l": "l litre litres liter liters",
    "ml": "ml",
    "W": "w watt watts",
    "V": "v volt volts",
    "GB": "gb",
    "MB": "mb",
    "KB": "kb",
}
_MONTH_FORMS: Final = (
    "january jan januar januari janvier enero gennaio leden ledna",
    "february feb februar februari février febrero febbraio",
    "march mar märz maart mars marzo března",
    "april apr avril abril aprile dubna",
    "may mai mei mayo maggio května",
    "june jun juni juin junio giugno června",
    "july jul juli juillet julio luglio července",
    "august aug augustus août agosto srpna",
    "september sep sept septembre septiembre settembre září",
    "october oct okt oktober octobre octubre ottobre října",
    "november nov novembre noviembre listopadu",
    "december dec dez dezember décembre diciembre dicembre prosince",
)
_SPELT_FORMS: Final = {
    1: "a an one ein eine einen einem einer un une una uno een jeden 一",
    2: "two zwei deux dos due twee dva dvě 两 二",
    3: "three drei trois tres tre drie tři 三",
    4: "four vier quatre cuatro quattro čtyři 四",
    5: "five fünf cinq cinco cinque vijf pět 五",
    6: "six sechs seis sei zes šest 六",
    7: "seven sieben sept siete sette zeven sedm 七",
    8: "eight acht huit ocho otto osm 八",
    9: "nine neun neuf nueve nove negen devět 九",
    10: "ten zehn dix diez dieci tien deset 十",
    11: "eleven elf onze undici",
    12: "twelve zwölf douze doce dodici twaalf",
    13: "thirteen dreizehn",
    14: "fourteen vierzehn quatorze catorce quattordici veertien",
    15: "fifteen fünfzehn quinze quindici vijftien",
    16: "sixteen",
    17: "seventeen",
    18: "eighteen",
    19: "nineteen",
    20: "twenty zwanzig vingt veinte venti twintig",
    24: "twenty-four",
    28: "twenty-eight",
    30: "thirty dreißig dreissig trente treinta trenta dertig",
    40: "forty vierzig",
    45: "forty-five",
    48: "forty-eight",
    50: "fifty fünfzig cinquante cincuenta cinquanta vijftig",
    60: "sixty sechzig soixante sesenta sessanta zestig",
    70: "seventy",
    72: "seventy-two",
    80: "eighty",
    90: "ninety neunzig quatre-vingt-dix noventa novanta negentig",
    100: "hundred hundert cent cien cento honderd",
}


def _by_form(forms: dict[str, str]) -> dict[str, str]:
    return {form: name for name, line in forms.items() for form in line.split()}


UNITS: Final = _by_form(_UNIT_FORMS)
"""Unit or currency by every form of it, lower case."""
CURRENCY_SIGNS: Final = tuple(
    form for form in ("€", "eur", "$", "us$", "usd", "£", "gbp", "kč", "czk", "chf", "¥", "cny", "rmb")
)
"""Those that may stand before the number."""
MONTHS: Final = {form: number for number, line in enumerate(_MONTH_FORMS, start=1) for form in line.split()}
SPELT: Final = {form: number for number, line in _SPELT_FORMS.items() for form in line.split()}

_GROUPS = "'\u2019\u00a0\u202f"
_THOUSAND = 3


def readings(digits: str) -> frozenset[str]:
    """The values that a numeral may have, as plain decimal strings.

    "1,000" and "1.000" are 1000 or 1; "1.000,50" is 1000.5; "0123" and "1.2.3" stand for themselves.
    """
    marks = [character for character in digits if not character.isdecimal()]
    if not marks:
        return frozenset({_plain(digits)})
    parts = re.findall(r"\d+", digits)
    grouped = all(len(part) == _THOUSAND for part in parts[1:]) and 1 <= len(parts[0]) <= _THOUSAND
    if len(set(marks)) == 1:
        joined = _plain("".join(parts))
        if marks[0] in _GROUPS or len(marks) > 1:
            return frozenset({joined if grouped and parts[0] != "0" else digits})
        decimal = _plain(f"{parts[0]}.{parts[1]}")
        return frozenset({joined, decimal} if grouped and parts[0] != "0" else {decimal})
    if marks[-1] in ".," and marks[-1] not in marks[:-1]:
        return frozenset({_plain("".join(parts[:-1]) + "." + parts[-1])})
    return frozenset({digits})


def _plain(number: str) -> str:
    if len(number) > 1 and number[0] == "0" and number[1] != ".":
        return number
    return format(Decimal(number).normalize(), "f")
