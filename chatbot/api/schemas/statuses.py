"""The shapes of the desk's names for where a ticket stands."""

from __future__ import annotations

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import Name, RequestBody, example
from chatbot.service.tickets.statuses import MOST, Category


class StatusGiven(RequestBody):
    """One of the desk's names for where a ticket stands."""

    name: Name = Field(min_length=1, max_length=60)
    category: Category


class StatusesRequest(RequestBody):
    """The desk's statuses in their order; of each category the first is taken by itself."""

    model_config = example(
        {
            "statuses": [
                {"name": "New", "category": "open"},
                {"name": "With the warehouse", "category": "waiting"},
                {"name": "Solved", "category": "done"},
            ]
        }
    )

    statuses: list[StatusGiven] = Field(min_length=3, max_length=MOST)


class StatusShown(BaseModel):
    """One of them."""

    name: str
    category: Category


class Statuses(BaseModel):
    """The desk's statuses."""

    model_config = example({"statuses": [{"name": "open", "category": "open"}]})

    statuses: list[StatusShown]
