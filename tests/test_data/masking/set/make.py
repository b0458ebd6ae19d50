"""Makes the set that masking is measured by: sentences of ours with one made-up value each, in thirteen countries.

Two wordings a kind and country: the first is the half that the rules were built with, the second was kept out. The
values are drawn with a seed; check digits are right where the kind has any, telephone numbers are the examples of
phonenumbers with other last digits. ``python -m tests.test_data.masking.set.make`` writes ``values.jsonl``.
"""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import luhn, verhoeff
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.es import dni
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale
from stdnum.pl import pesel

HERE = Path(__file__).parent
A_TEMPLATE = 2
_CARDS = ("4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "4000056655665556")
_IBAN = {
    "GB": ("WEST123456########", ""), "DE": ("37040044##########", ""), "FR": ("20041010050500013M02606", ""),
    "ES": ("2100041845020005####", ""), "IT": ("X0542811101000000123456", ""), "NL": ("ABNA04171643##", ""),
    "PL": ("109010140000071219812874", ""), "SE": ("5000000005839825####", ""),
}  # fmt: skip
_PLATES = {
    "GB": "AA## AAA", "US": "#AAA###", "DE": "M-AB ####", "FR": "AA-###-AA", "ES": "#### BCD", "IT": "AA ###BB",
    "NL": "AA-###-B", "PL": "WA #####", "BR": "ABC#D##", "SE": "ABC ###", "IN": "KA 01 AB ####", "CN": "京A#####",
}  # fmt: skip
_PASSPORTS = {
    "GB": "#########",
    "US": "A########",
    "FR": "##AA#####",
    "ES": "AAA######",
    "IT": "AA#######",
    "CN": "E########",
}
_DATES = {"US": "{m:02}/{d:02}/{y}", "DE": "{d:02}.{m:02}.{y}", "PL": "{d:02}.{m:02}.{y}", "SE": "{y}-{m:02}-{d:02}",
          "JP": "{y}年{m}月{d}日", "CN": "{y}年{m}月{d}日"}  # fmt: skip
_MONTHS = {"GB": "March", "FR": "mars", "ES": "de marzo de", "IT": "marzo", "NL": "maart", "IN": "March"}


class Maker:
    """Draws values; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.material: dict[tuple[str, str], list[str]] = {}
        for line in (HERE / "material.txt").read_text(encoding="utf-8").splitlines():
            country, name, values = line.split(" ", 2)
            self.material[country, name] = values.split("|")

    def value(self, kind: str, country: str, turn: int) -> str:
        """One value of a kind as it is written in a country; ``turn`` counts up, so that listed ones all come."""
        if kind in {"LOWNAME", "GIVEN", "SURNAME"}:
            name = self.value("NAME", country, turn)
            return name.lower() if kind == "LOWNAME" else name.lower().split()[0] if kind == "GIVEN" else name[0]
        listed = {"NAME": "names", "ADDRESS": "streets", "POSTCODE": "postcodes"}.get(kind)
        if listed:
            values = self.material[country, listed]
            return values[turn % len(values)]
        return str(getattr(self, f"_{kind.lower()}")(country))

    def shaped(self, shape: str) -> str:
        """# becomes a digit, A a letter of plates and passports."""
        draw = self.random.choice
        return "".join(
            draw(string.digits) if c == "#" else draw("BCDFGHJKLMNPRSTVWX") if c == "A" else c for c in shape
        )

    def _email(self, country: str) -> str:
        name = self.random.choice(["anna.k", "j_mueller", "m.rossi+shop", "li88", "pedro", "info.elin"])
        domain = {"DE": "bücher.example", "FR": "société.example", "SE": "örn.example"}.get(country, "mail.example")
        forms = ["{n}@{d}", "{n}@{d}", "{n} (at) {d}", "{n}@post.example.{t}", "{n}＠{d}"]
        if country in {"GB", "US", "IN"}:
            forms += ["{n} at example dot com", "{n} [at] example [dot] org"]
        spoken = {"DE": "{n} at example punkt de", "FR": "{n} arobase exemple point fr",
                  "ES": "{n} arroba ejemplo punto com", "IT": "{n} chiocciola esempio punto it"}  # fmt: skip
        forms += [spoken[country]] if country in spoken else []
        forms += ["{n}@例子.中国"] if country == "CN" else []
        return self.random.choice(forms).format(n=name, d=domain, t=country.lower())

    def _phone(self, country: str) -> str:
        number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
        text = str(number.national_number)
        number.national_number = int(text[:-4] + self.shaped("####"))
        if country in {"GB", "US"} and self.random.random() < 0.3:
            return self.shaped({"GB": "07700 900###", "US": "(212) 555-01##"}[country])
        style = self.random.choice([PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, None, None])
        national = phonenumbers.format_number(number, style if style is not None else PhoneNumberFormat.NATIONAL)
        return national if style is not None else "".join(c for c in national if c.isdigit())

    def _card(self, _: str) -> str:
        number = self.random.choice(_CARDS)
        groups = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4)
        pieces, position = [], 0
        for size in groups:
            pieces.append(number[position : position + size])
            position += size
        return self.random.choice([" ", "-", ".", "\u00a0", "\u2009", "", " - "]).join(pieces)

    def _iban(self, country: str) -> str:
        body = self.shaped(_IBAN[country][0])
        check = mod_97_10.calc_check_digits(body + country)
        whole = f"{country}{check}{body}"
        return whole if self.random.random() < 0.5 else " ".join(whole[n : n + 4] for n in range(0, len(whole), 4))

    def _url(self, _: str) -> str:
        key = "".join(self.random.choices(string.ascii_letters + string.digits, k=26))
        return self.random.choice([
            f"shop.example/reset?token={key}", f"www.shop.example/login?session={key}",
            f"https://shop.example/invite/{key}7391", f"track.shop.example/p?email=anna%40mail.example&k={key}",
        ])  # fmt: skip

    def _order(self, country: str) -> str:
        return self.shaped(
            "################" if country == "CN" else self.random.choice(["######", "AB-#####", "########"])
        )

    def _tracking(self, country: str) -> str:
        serial = self.shaped("########")
        total = sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), serial, strict=True))
        check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
        local = {"GB": "GB", "FR": "FR", "ES": "ES", "IT": "IT", "SE": "SE", "IN": "IN", "JP": "JP", "BR": "BR"}
        if country == "US":
            return self.shaped(self.random.choice(["1Z999AA1##########", "############"]))
        if country == "CN":
            return self.shaped(self.random.choice(["SF#############", "YT#############"]))
        if country in local:
            return f"RR{serial}{check}{local[country]}"
        return self.shaped(self.random.choice(["00340434############", "JJD0003##############", "##########"]))

    def _id(self, country: str) -> str:  # noqa: C901, PLR0911, PLR0912 - a country a line
        digits = self.shaped("###########")
        match country:
            case "GB":
                return self.shaped(self.random.choice(["CE ## ## ## C", "CE######B"]))
            case "US":
                return self.shaped("457-55-####")
            case "DE":
                return self.random.choice(["36 574 261 809", "36574261809", "81872495633"])
            case "FR":
                head = f"2 85 05 78 006 {self.shaped('###')}"
                return f"{head} {97 - int(head.replace(' ', '')) % 97:02}"
            case "ES":
                return digits[:8] + dni.calc_check_digit(digits[:8])
            case "IT":
                head = self.shaped("RCCMNL83S58D###")
                return head + codicefiscale.calc_check_digit(head)
            case "PL":
                head = self.shaped("440514####")
                return head + pesel.calc_check_digit(head)
            case "BR":
                whole = digits[:9] + cpf._calc_check_digits(digits[:9])
                return whole if self.random.random() < 0.5 else cpf.format(whole)
            case "SE":
                head = self.shaped("811218###")
                return f"{head[:6]}-{head[6:]}{luhn.calc_check_digit(head)}"
            case "IN":
                head = self.shaped("2341#######")
                whole = head + verhoeff.calc_check_digit(head)
                return f"{whole[:4]} {whole[4:8]} {whole[8:]}"
            case "CN":
                head = self.shaped("11010519491231###")
                return head + ric.calc_check_digit(head + "0")
            case "NL":
                return self.random.choice(["111222333", "123456782", "1112.22.333"])
            case _:
                return self.shaped("############")

    def _account(self, country: str) -> str:
        return self.shaped({"CN": "6222##############", "DE": "##########"}.get(country, "########"))

    def _sort(self, _: str) -> str:
        return self.shaped(self.random.choice(["20-##-##", "######"]))

    def _routing(self, _: str) -> str:
        return self.random.choice(["021000021", "111000025", "122105155"])

    def _passport(self, country: str) -> str:
        return self.shaped(_PASSPORTS.get(country, "AA#######"))

    def _cvv(self, _: str) -> str:
        return self.shaped("###")

    def _code(self, _: str) -> str:
        return self.shaped(self.random.choice(["####", "######"]))

    def _voucher(self, _: str) -> str:
        return self.shaped(self.random.choice(["SORRY##", "GOODWILL-##", "AAAA-#A#A", "thanks##", "A#A#A#A#"]))

    def _secret(self, _: str) -> str:
        return self.shaped(self.random.choice(["Hunter##!", "s3cret-#x#", "Blau#Haus", "kaffee####"]))

    def _key(self, _: str) -> str:
        body = "".join(self.random.choices(string.ascii_letters + string.digits, k=36))
        return self.random.choice([f"sk_live_{body[:24]}", f"ghp_{body}", f"AKIA{body[:16].upper()}", body,
                                   f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx{body[:8]}.{body}"])  # fmt: skip

    def _ip(self, _: str) -> str:
        return self.shaped(self.random.choice(["203.0.113.1##", "81.2.69.1##", "2001:db8:85a3::8a2e:370:7###"]))

    def _mac(self, _: str) -> str:
        return self.shaped(self.random.choice(["00:1B:44:11:3C:##", "00-1b-44-11-3a-##", "001b.4411.3a##"]))

    def _dob(self, country: str) -> str:
        d, m, y = self.random.randint(1, 28), self.random.randint(1, 12), self.random.randint(1940, 2005)
        if country in _MONTHS and self.random.random() < 0.5:
            return f"{d} {_MONTHS[country]} {y}"
        return _DATES.get(country, "{d:02}/{m:02}/{y}").format(d=d, m=m, y=y)

    def _plate(self, country: str) -> str:
        return self.shaped(_PLATES[country])

    def _coord(self, _: str) -> str:
        return self.shaped(self.random.choice(["51.5####, -0.12###", "48.85##### 2.29####"]))


def rows(seed: int = 16) -> list[dict[str, str]]:
    """The whole set: text, value, kind, country and half (seen, unseen)."""
    maker = Maker(seed)
    found: list[dict[str, str]] = []
    country = ""
    for line in (HERE / "templates.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            country = line.split()[1]
        elif line:
            kind, *templates = line.split("|")
            for half, template in zip(("seen", "unseen"), templates, strict=True):
                for _ in range(A_TEMPLATE):
                    value = maker.value(kind, country, len(found))
                    text = template.replace("\\n", "\n").replace("{v}", value)
                    found.append({"kind": kind, "country": country, "half": half, "text": text, "value": value})
    return found


if __name__ == "__main__":
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows()]
    (HERE / "values.jsonl").write_text("".join(lines), encoding="utf-8")
