"""What may be set up, and that the command line and the service know the same help desks."""

from __future__ import annotations

import json

import pytest

from chatbot.cli import connect, connecting
from chatbot.errors import InputError
from chatbot.service.connectors import setting_up
from chatbot.service.connectors.protocol import HOOK_SECRET, LONGEST
from chatbot.service.outgoing.door import Door
from chatbot.service.outgoing.failing import OutgoingError
from chatbot.settings import Settings
from chatbot.storage.tables.connectors import Level
from tests.test_service.connectors.fake_desk import FakeDesk, WithDrafts


def test_every_help_desk_has_a_command_under_its_name():
    assert {each.kind: each.title for each in setting_up.KINDS.values()} == connect.KINDS


@pytest.mark.parametrize("kind", setting_up.KINDS.values(), ids=setting_up.KINDS)
def test_what_is_asked_for_has_names_of_its_own_and_secrets_are_not_shown(kind):
    names = [each.name for each in kind.settings]
    assert len(names) == len(set(names))
    assert any(each.secret for each in kind.settings)
    for each in kind.settings:
        assert each.name.isidentifier()
        assert each.secret or not {"password", "token", "secret", "key"} & {*each.name.split("_")}
        assert each.optional or each.name != HOOK_SECRET
    assert kind.abilities.note or kind.abilities.draft or kind.abilities.reply
    assert LONGEST == 20_000


def test_left_out_the_level_leaves_the_last_word_to_a_person():
    assert setting_up.allowed_level(FakeDesk, None) is Level.NOTE
    assert setting_up.allowed_level(WithDrafts, None) is Level.DRAFT
    assert setting_up.allowed_level(WithDrafts, "answer") is Level.ANSWER
    with pytest.raises(InputError, match="keeps no drafts"):
        setting_up.allowed_level(FakeDesk, "draft")


async def test_what_answers_something_else_is_asked_about_and_is_no_traceback():
    class Something(FakeDesk):
        async def check(self):
            found = json.loads("[]")
            yield f"{found['count']:,} tickets."

    door = Door.of(Settings(outgoing_allow="127.0.0.1"))
    with pytest.raises(OutgoingError, match=r"answers something else: is it a fake\?"):
        await connecting._tried(door, Something, "http://127.0.0.1:1", {}, 1)
