"""Files with what the team writes: with a held reply, a note and a draft; who may open them, and how long they stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from chatbot.service.files import addresses
from chatbot.service.files.sweeping import sweep
from chatbot.service.worklist import releasing
from chatbot.storage.database import migration_config
from tests.test_api.agent.test_writing import heard, note, people, said, settings, shown  # noqa: F401 - fixtures
from tests.test_api.conftest import join, serving
from tests.test_api.test_files import PDF, Later, picture
from tests.test_service.doubles import StandInLoader


@pytest.fixture
def attach(people):  # noqa: F811
    visitor, call = people

    async def attach(name, who="Mira", body=PDF):
        told = {"client_id": f"{who}-{name}", "name": name}
        answer = await call(who, "POST", f"/v1/queue/{visitor.id}/files", content=body, params=told)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return attach


async def drafts(call, who="Mira"):
    return (await call(who, "GET", "/drafts")).json()["drafts"]


async def save(call, text, files, rev, kind="reply", client_id="r", who="Mira"):
    body = {"client_id": client_id, "text": text, "files": [each["id"] for each in files], "rev": rev}
    answer = await call(who, "PUT", f"/drafts/{kind}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def swept(desk):
    running = desk.app.state.running
    await sweep(running.database, replace(running.files, clock=Later(running.files.clock)), young=-1)


async def released(desk, visitor):
    """Let the time come at which what is held goes."""
    running = desk.app.state.running
    late = running.rules.clock.now() + timedelta(minutes=1)
    rules = replace(running.rules, clock=replace(running.rules.clock, now=lambda: late))
    await releasing.release(running.database, running.hub, rules)


async def test_files_of_a_held_reply_are_the_teams_until_its_time(desk, people, attach):  # noqa: F811
    visitor, call = people
    files = [await attach("label.pdf"), await attach("seal.png", body=picture())]
    body = said("Here is the label", hold=30, files=[each["id"] for each in files])
    held = await call("Mira", "POST", "/replies", body)
    assert (held.status_code, held.json()["files"]) == (202, files)
    assert (await call("Mira", "POST", "/replies", body)).status_code == 202  # it is one
    assert (await call("Mira", "POST", "/replies", said("Here is the label", hold=30))).status_code == 409
    assert (await shown(call, visitor))[-1]["files"] == files
    assert (await call("Mira", "POST", "/replies", said("x", "r2", files=[files[0]["id"]]))).status_code == 422
    assert (await visitor.get(f"/files/{files[0]['id']}")).status_code == 404
    assert "label.pdf" not in (await visitor.get()).text
    await swept(desk)
    await released(desk, visitor)
    assert await heard(visitor) == ["Here is the label"]
    assert (await visitor.get()).json()["messages"][-1]["files"] == files
    told = (await visitor.get(f"/files/{files[0]['id']}")).json()
    assert (await desk.client.get(told["url"])).content == PDF


async def test_files_of_a_reply_that_is_taken_back_are_in_the_draft(desk, people, attach):  # noqa: F811
    visitor, call = people
    one, two = await attach("one.pdf"), await attach("two.pdf")
    held = (await call("Mira", "POST", "/replies", said("", hold=30, files=[one["id"]]))).json()
    await save(call, "And then", [two], 1, client_id="r2")
    assert (await call("Mira", "DELETE", f"/replies/{held['id']}")).status_code == 200
    (draft,) = await drafts(call)
    assert (draft["client_id"], draft["files"], draft["text"].strip()) == ("r2", [one, two], "And then")
    await swept(desk)
    again = said(draft["text"], "r2", files=[each["id"] for each in draft["files"]])
    assert (await call("Mira", "POST", "/replies", again)).status_code == 201
    assert await drafts(call) == []
    assert (await visitor.get()).json()["messages"][-1]["files"] == [one, two]


async def test_files_of_what_the_customer_closes_before_its_time_are_in_the_draft(desk, people, attach):  # noqa: F811
    visitor, call = people
    file = await attach("label.pdf")
    await call("Mira", "POST", "/replies", said("Here", hold=30, files=[file["id"]]))
    await visitor.post("/closure")
    await released(desk, visitor)
    assert await heard(visitor) == []
    assert [(each["text"], each["files"]) for each in await drafts(call)] == [("Here", [file])]
    assert (await visitor.get(f"/files/{file['id']}")).status_code == 404


async def test_files_of_a_note_are_the_teams_alone(desk, people, attach):  # noqa: F811
    visitor, call = people
    file = await attach("invoice.pdf", "Jon")
    before = (await visitor.get()).json()["seq"]
    assert (await call("Mira", "POST", "/replies", note("", files=[file["id"]]))).status_code == 422  # Jon's
    assert (await call("Jon", "POST", "/replies", note("", files=[]))).status_code == 422
    written = await call("Jon", "POST", "/replies", note("", files=[file["id"]]))
    assert (written.status_code, written.json()["files"]) == (201, [file])
    assert (await call("Jon", "POST", "/replies", note("", files=[file["id"]]))).status_code == 200
    assert (await call("Jon", "POST", "/replies", note("", files=[]))).json()["code"] == "client_id_taken"
    assert (await shown(call, visitor))[-1]["files"] == [file]
    look = (await call("Mira", "GET", f"/v1/files/{file['id']}")).json()
    assert (await desk.client.get(look["url"])).content == PDF
    await call("Mira", "POST", "/v1/worklist/acts", {"do": "assign", "ids": [visitor.id], "to": "Jon"})
    assert (await call("Jon", "POST", "/replies", said("x", "r2", files=[file["id"]]))).status_code == 422

    # Nothing that the customer can ask knows of it, and what they are told is what they are told of nothing.
    nothing = await visitor.get("/files/f_00000000000000000000000000000000")
    asked = await visitor.get(f"/files/{file['id']}")
    alike = [(each.status_code, each.json() | {"instance": ""}) for each in (nothing, asked)]
    assert alike[0] == alike[1]
    await visitor.say("are you there?", "9")
    everything = str([await visitor.until("message.created", after=before), (await visitor.get()).text])
    assert file["id"] not in everything
    assert "invoice" not in everything
    secret, now = desk.app.state.running.files.secret, desk.app.state.running.clock.now()
    signed = addresses.address(secret, file["id"], "full", "customer", now)  # which nobody is ever given
    absent = addresses.address(secret, "f_0", "full", "customer", now)
    for wrong in (signed, look["url"].replace("for=agent", "for=customer")):
        answers = [await desk.client.get(each) for each in (wrong, absent)]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_a_note_with_a_file_may_be_written_when_the_conversation_is_closed(people, attach):  # noqa: F811
    visitor, call = people
    await visitor.post("/closure")
    file = await attach("late.pdf", "Jon")
    assert (await call("Jon", "POST", "/replies", note("for the record", files=[file["id"]]))).status_code == 201


async def test_a_draft_keeps_its_files_and_lets_go_of_what_is_removed(desk, people, attach):  # noqa: F811
    _, call = people
    one, two, three = [await attach(f"{name}.pdf") for name in ("one", "two", "three")]
    his = await attach("his.pdf", "Jon")
    assert (await save(call, "", [two, his, {"id": "f_gone"}], 1))["files"] == [two]
    assert (await save(call, "Here", [one, two, three], 2))["kept"]
    late = await save(call, "Here", [one], 2)  # of a device that did not know
    assert (late["kept"], late["files"]) == (False, [one, two, three])
    assert (await save(call, "Here", [one, two], 3))["kept"]
    assert (await save(call, "", [three], 1, "note", "n"))["files"] == [three]
    assert await drafts(call, "Jon") == []
    await swept(desk)
    assert [(each["kind"], each["text"], each["files"]) for each in await drafts(call)] == [
        ("note", "", [three]),
        ("reply", "Here", [one, two]),
    ]
    # What does not go with the message is in nothing any more, and is forgotten like what was never sent.
    assert (await call("Mira", "POST", "/replies", said("Here", files=[one["id"]]))).status_code == 201
    assert (await save(call, "", [], 2, "note", "n"))["kept"]
    assert await drafts(call) == []
    await swept(desk)
    opened = [await call("Mira", "GET", f"/v1/files/{each['id']}") for each in (one, two, three)]
    assert [each.status_code for each in opened] == [200, 404, 404]


async def test_what_was_written_as_a_note_is_not_sent_with_its_file(people, attach):  # noqa: F811
    visitor, call = people
    file = await attach("invoice.pdf")
    await save(call, "he owes us", [file], 1, "note", "n")
    refused = await call("Mira", "POST", "/replies", said("he owes us", "n", files=[file["id"]]))
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_audience")
    assert [each["files"] for each in await drafts(call)] == [[file]]
    assert (await visitor.get(f"/files/{file['id']}")).status_code == 404


async def test_files_of_a_held_reply_outlive_the_server(settings):  # noqa: F811
    async with serving(settings, StandInLoader()) as desk:
        mira, visitor = await join(desk, "Mira"), await desk.start()
        at = f"/v1/conversations/{visitor.id}"
        await desk.client.post(f"{at}/claim", json={}, headers=mira)
        path = f"/v1/queue/{visitor.id}/files?client_id=a&name=a.pdf"
        file = (await desk.client.post(path, content=PDF, headers=mira)).json()
        body = said("Hello", hold=1, files=[file["id"]])
        assert (await desk.client.post(f"{at}/replies", json=body, headers=mira)).status_code == 202
    async with serving(settings, StandInLoader()) as desk:
        visitor.desk = desk
        await visitor.until("message.created")
        assert (await visitor.get()).json()["messages"][-1]["files"] == [file]
        told = (await visitor.get(f"/files/{file['id']}")).json()
        assert (await desk.client.get(told["url"])).content == PDF


async def test_what_was_sent_before_files_went_with_notes_is_still_the_messages(desk, people, attach):  # noqa: F811
    _, call = people
    files = [await attach(f"{name}.pdf") for name in ("one", "two")]
    await call("Mira", "POST", "/replies", said("Here", files=[files[0]["id"]]))
    await call("Mira", "POST", "/replies", note("", files=[files[1]["id"]]))
    database = desk.app.state.running.database
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "0022"))
        kept = (await session.execute(text("SELECT id, message_id FROM file ORDER BY name"))).all()
    assert [each[1] is not None for each in kept] == [True, False]
    await database.upgrade()
    await swept(desk)
    opened = [await call("Mira", "GET", f"/v1/files/{each['id']}") for each in files]
    assert [each.status_code for each in opened] == [200, 404]
