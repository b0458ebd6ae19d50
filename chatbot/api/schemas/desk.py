"""The shapes of what a lead lays down for the desk, with an example each."""

from __future__ import annotations

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example

_HOURS = "Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin closed 2026-12-24..2026-12-26"


class HoursRequest(RequestBody):
    """When people answer."""

    model_config = example({"hours": _HOURS})

    hours: Words | None = Field(
        max_length=4000,
        description="As in the settings, with days that are closed all the same behind `closed`; null or empty where "
        "nobody is to be told of hours.",
    )


class SpanGiven(BaseModel):
    """From when until when, as the clock of the desk's zone has it."""

    opens: str
    closes: str


class ClosedGiven(BaseModel):
    """Days on which the desk is closed, the first and the last included."""

    first: str
    last: str


class HoursGiven(BaseModel):
    """The hours that count."""

    model_config = example(
        {
            "hours": _HOURS,
            "zone": "Europe/Berlin",
            "days": [[{"opens": "09:00", "closes": "17:00"}]] * 5 + [[{"opens": "10:00", "closes": "14:00"}], []],
            "closed": [{"first": "2026-12-24", "last": "2026-12-26"}],
            "by": "Mira",
            "at": "2026-03-02T09:30:00+00:00",
            "told": "Wir sind wieder da: Montag, 09:00 Uhr (Europe/Berlin). Die Antwort kommt danach hier.",
        }
    )

    hours: str | None = Field(description="As it is written; null where nobody is told of hours.")
    zone: str | None
    days: list[list[SpanGiven]] = Field(description="The spans of each weekday, Monday first.")
    closed: list[ClosedGiven]
    by: str | None = Field(description="Who laid them down; null where they are those of the settings.")
    at: str | None
    told: str = Field(description="What a customer reads who is handed over now.")
