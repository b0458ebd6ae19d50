"""The shape of what is done with a conversation together with a reply: of macros, drafts and held replies."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from chatbot.api.schemas.fields import RequestBody, Words, example

Tag = Annotated[Words, Field(min_length=1, max_length=60)]


class ActsWithReply(RequestBody):
    """What is done when a reply goes; what is not named is not done."""

    model_config = example({"add": ["refund"], "to": "me", "snooze": "tomorrow 9:00"})

    add: list[Tag] = Field(default=[], max_length=30, description="Tags to add.")
    remove: list[Tag] = Field(default=[], max_length=30, description="Tags to take away.")
    to: Words | None = Field(default=None, min_length=1, max_length=100, description="Who gets it; `me`: who sends.")
    team: Words | None = Field(default=None, min_length=1, max_length=60, description="The team whose it is to take.")
    snooze: Words | None = Field(
        default=None, min_length=1, max_length=60, description="Words for a time, which who sends turns into `until`."
    )
    until: AwareDatetime | None = Field(
        default=None, description="Of a reply: until when it is put off, with its zone."
    )
    done: bool = Field(default=False, description="It is closed; then it is neither put off nor given to anybody.")
