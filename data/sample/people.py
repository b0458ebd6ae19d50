"""Who writes and what fills the slots: invented customers with fictional numbers, and facts looked up in the catalogue.

E-mail addresses end in ``.example``; phone numbers come from ranges that regulators keep for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from data.sample.material import Intent, Material

_PHONE_STEMS = ("+44 7700 900", "07700 900", "01632 960", "+44 20 7946 0")
_FIRST_DAY = date(2025, 3, 3)
_FIRST_ORDER, _ORDERS_A_DAY = 104_000, 56
_DAYS = {"days_short": (2, 13), "days_in": (3, 29), "days_credit": (32, 58), "days_over": (62, 140)}


@dataclass(frozen=True, slots=True)
class Customer:
    """One invented customer."""

    first: str
    name: str
    email: str
    phone: str
    order: str


def draw_customer(material: Material, day: date, rng: random.Random) -> Customer:
    """Invent a customer whose order number fits a purchase in the weeks before ``day``."""
    first, last = rng.choice(material.slots["first"]), rng.choice(material.slots["last"])
    stem = rng.choice(_PHONE_STEMS)
    order = _FIRST_ORDER + (day - _FIRST_DAY).days * _ORDERS_A_DAY - rng.randint(20, 900)
    return Customer(
        first=first,
        name=f"{first} {last}",
        email=f"{first}.{last}@{rng.choice(material.slots['mailhost'])}".lower(),
        phone=f"{stem}{rng.randint(200, 999)}",
        order=f"KO-{order}",
    )


def draw_slots(material: Material, intent: Intent, customer: Customer, rng: random.Random) -> dict[str, str]:
    """Fill every slot the intent's questions and answers may use; facts of one product go together."""
    slots = {key: rng.choice(values) for key, values in material.slots.items()}
    slots |= {key: str(rng.randint(low, high)) for key, (low, high) in _DAYS.items()}
    slots |= {
        "first": customer.first,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "order": customer.order,
        "url": f"https://kettleandotter.example/help/{intent.article}",
    }
    product = rng.choice(intent.products or tuple(material.products))
    slots |= {"product": product, **material.products[product]}
    slots["part"] = rng.choice(tuple(material.parts))
    slots["part_price"] = material.parts[slots["part"]]
    slots["brew"] = rng.choice(tuple(material.grind))
    slots["grinder"] = rng.choice(tuple(material.grind[slots["brew"]]))
    slots["setting"] = material.grind[slots["brew"]][slots["grinder"]]
    return slots
