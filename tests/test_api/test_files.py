"""Pictures and PDFs over HTTP: attached, sent, opened by a signed address, and every way in that must stay shut."""

from __future__ import annotations

import io
import os
import struct
import zlib
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from chatbot.service.access import api_keys
from chatbot.service.conversations.archive import transcript_of
from chatbot.service.files import sweeping
from chatbot.service.files.sweeping import sweep
from chatbot.service.monitoring.doctor import examine
from chatbot.storage.database import open_database
from chatbot.storage.queries import conversations as stored
from tests.test_api.conftest import eventually, join

_OBJECTS = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
_TABLE = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
PDF = _OBJECTS + _TABLE % len(_OBJECTS)


def picture(form="PNG", size=(40, 20), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **more)
    return out.getvalue()


def bomb(width=30_000, height=30_000) -> bytes:
    """A small PNG that says that it is huge."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(bytes(1 + width * 3) * 200)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def growing_gif() -> bytes:
    """A small GIF whose second frame is larger than the whole says that it is."""
    first, second = picture("GIF", (10, 10)), picture("GIF", (1200, 1200))
    palette = 3 * 2 ** ((second[10] & 7) + 1)
    return first[:-1] + second[13 + palette :]


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url, "rate_files": "", "max_file_bytes": 1_000_000})


@pytest.fixture
async def mira(desk):
    return await join(desk, "Mira")


async def attach(who, body, client_id="f1", name="crack.png", **headers):
    told = {"name": name, "client_id": client_id}
    path = f"/v1/conversations/{who.id}/files"
    return await who.desk.client.post(path, content=body, params=told, headers={**who.headers, **headers})


async def send(who, files, text="", client_id="m1"):
    return await who.post("/messages", {"client_id": client_id, "text": text, "files": files})


async def opened(who, file_id, size="url"):
    told = (await who.get(f"/files/{file_id}")).json()
    return await who.desk.client.get(told[size])


async def test_a_picture_is_attached_sent_and_opened(desk, mira):
    visitor = await desk.start()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "lat 52.5, lon 13.4"  # turned by a quarter; a secret
    told = await attach(visitor, picture("JPEG", exif=exif), name="C:\\me\\cra\u202eck.jpg")
    assert told.status_code == 201, told.text
    file = told.json()
    assert (file["name"], file["kind"], file["width"], file["height"]) == ("crack.jpg", "jpeg", 20, 40)
    again = await attach(visitor, picture("JPEG"), name="other.jpg")
    assert (again.status_code, again.json()) == (200, file)

    first = await send(visitor, [file["id"]], "It came broken.")
    assert (first.status_code, first.json()["files"]) == (201, [file])
    assert (await send(visitor, [file["id"]], "It came broken.")).status_code == 200
    assert (await send(visitor, [], "It came broken.")).json()["code"] == "client_id_taken"
    (said, *_) = (await visitor.get()).json()["messages"]
    assert said["files"] == [file]

    full, small = await opened(visitor, file["id"]), await opened(visitor, file["id"], "small")
    assert (full.status_code, full.headers["content-type"]) == (200, "image/jpeg")
    assert full.headers["content-disposition"].startswith("inline;")
    assert "sandbox" in full.headers["content-security-policy"]
    assert full.headers["x-content-type-options"] == "nosniff"
    assert full.headers["cross-origin-resource-policy"] == "cross-origin"
    assert b"lat 52.5" not in full.content
    assert Image.open(io.BytesIO(full.content)).getexif() == {}
    assert Image.open(io.BytesIO(small.content)).format == "WEBP"
    look = await desk.client.get(f"/v1/files/{file['id']}", headers=mira)
    assert (await desk.client.get(look.json()["url"])).content == full.content


async def test_a_pdf_is_downloaded(desk):
    visitor = await desk.start()
    file = (await attach(visitor, PDF, name="invoice")).json()
    assert (file["name"], file["kind"]) == ("invoice.pdf", "pdf")
    answer = await opened(visitor, file["id"])
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert (await visitor.get(f"/files/{file['id']}")).json()["small"] is None


async def test_a_moving_picture_stays_one(desk):
    out = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=80, comment=b"secret")
    visitor = await desk.start()
    file = (await attach(visitor, out.getvalue())).json()
    answer = await opened(visitor, file["id"])
    assert Image.open(io.BytesIO(answer.content)).n_frames == 3
    assert b"secret" not in answer.content


async def test_a_message_of_files_alone_goes_to_a_person_and_words_beside_one_are_answered(desk, mira):
    visitor = await desk.start()
    file = (await attach(visitor, picture())).json()
    assert (await send(visitor, [file["id"]])).status_code == 201
    await visitor.until("handover.requested")
    await eventually(desk.idle)
    (_, bot) = (await visitor.get()).json()["messages"]
    assert bot["text"].startswith("I cannot look at files myself.")
    (waiting,) = (await desk.client.get("/v1/queue", headers=mira)).json()["waiting"]
    assert waiting["id"] == visitor.id

    other = await desk.start()
    file = (await attach(other, picture())).json()
    await send(other, [file["id"]], "Where is my order?")
    await other.until("message.done")
    (_, bot) = (await other.get()).json()["messages"]
    assert "look at files" not in bot["text"]
    assert (await other.post("/messages", {"client_id": "m9", "text": " "})).json()["detail"] == "The message is empty."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a<script>alert(1)</script>",
        b"%PDF-1.4 <script>alert(1)</script> %%EOF",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\n" + b"<html>",
        b"\xff\xd8\xff" + bytes(200),
        bomb(),
        growing_gif(),
        picture()[:60],
    ],
)
async def test_what_only_looks_like_a_picture_is_refused_and_leaves_nothing(desk, settings, body):
    visitor = await desk.start()
    answer = await attach(visitor, body, name="a.png", **{"Content-Type": "image/png", "Accept-Language": "de"})
    assert (answer.status_code, answer.json()["code"]) == (415, "file_kind")
    assert answer.json()["detail"].startswith("Diese Datei kann nicht")
    assert [path for path in settings.desk().files.rglob("*") if path.is_file()] == []


async def test_what_is_hidden_in_a_picture_does_not_come_out(desk):
    told = PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    visitor = await desk.start()
    file = (await attach(visitor, picture(pnginfo=told) + b"<script>alert(2)</script>PK\x03\x04")).json()
    content = (await opened(visitor, file["id"])).content
    assert b"script" not in content
    assert b"PK\x03\x04" not in content


async def test_too_large_is_told_in_plain_words_and_never_kept(desk, settings):
    visitor = await desk.start()

    async def pieces():
        for _ in range(400):
            yield bytes(50_000)

    for body in (bytes(20_000_000), pieces()):
        try:
            answer = await attach(visitor, body)
        except httpx.WriteError:  # the server has hung up in the middle of it
            continue
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert answer.json()["detail"] == "This file is too large; at most 1 MB are taken."
    assert [path for path in settings.desk().files.rglob("*") if path.is_file()] == []


async def test_nobody_else_opens_or_sends_a_file(desk, mira):
    visitor, other = await desk.start(), await desk.start()
    file = (await attach(visitor, picture())).json()["id"]
    assert (await other.get(f"/files/{file}")).status_code == 404
    assert (await send(other, [file])).json()["code"] == "invalid_input"
    path = f"/v1/conversations/{visitor.id}/files"
    assert (await desk.client.get(f"{path}/{file}", headers=other.headers)).status_code == 404
    assert (await desk.client.post(f"{path}?client_id=9", content=picture(), headers=other.headers)).status_code == 404
    assert (await desk.client.post(f"{path}?client_id=9", content=picture())).status_code == 401
    queue = f"/v1/queue/{visitor.id}/files"
    assert (
        await desk.client.post(f"{queue}?client_id=9", content=picture(), headers=visitor.headers)
    ).status_code == 401
    assert (await desk.client.get(f"/v1/files/{file}", headers=visitor.headers)).status_code == 401
    cross = {**mira, "Sec-Fetch-Site": "cross-site"}
    assert (await desk.client.post(f"{queue}?client_id=9", content=picture(), headers=cross)).status_code == 403
    assert (await send(visitor, [file, file])).status_code == 422
    assert (await send(visitor, [file])).status_code == 201
    assert (await send(visitor, [file], client_id="m2")).status_code == 422  # it went with another message


async def test_a_file_of_the_team_reaches_the_customer_only_with_a_reply(desk, mira):
    visitor = await desk.start()
    await desk.client.post(f"/v1/conversations/{visitor.id}/claim", json={}, headers=mira)
    queue = f"/v1/queue/{visitor.id}/files"
    file = (await desk.client.post(f"{queue}?client_id=a", content=PDF, headers=mira)).json()["id"]
    assert (await visitor.get(f"/files/{file}")).status_code == 404
    assert (await send(visitor, [file])).status_code == 422
    team = (await desk.client.get(f"/v1/files/{file}", headers=mira)).json()["url"]
    forged = team.replace("for=agent", "for=customer")
    assert (await desk.client.get(team)).status_code == 200
    assert (await desk.client.get(forged)).status_code == 404

    bo = await join(desk, "Bo")
    replies = f"/v1/conversations/{visitor.id}/replies"
    said = {"client_id": "r1", "text": "", "files": [file], "visible_to": "customer"}
    assert (await desk.client.post(replies, json=said, headers=bo)).status_code == 409
    taken = await desk.client.post(f"{queue}?client_id=a", content=PDF, headers=bo)
    assert taken.json()["code"] == "client_id_taken"
    assert (await desk.client.post(replies, json=said, headers=mira)).status_code == 201
    assert (await desk.client.post(replies, json=said, headers=mira)).status_code == 200
    assert (await opened(visitor, file)).content == PDF


async def test_an_address_that_was_altered_or_has_ended_opens_nothing(desk):
    visitor = await desk.start()
    one = (await attach(visitor, picture())).json()["id"]
    two = (await attach(visitor, picture("GIF"), client_id="f2")).json()["id"]
    url = (await visitor.get(f"/files/{one}")).json()["url"]
    files = desk.app.state.running.files
    assert (await desk.client.get(url)).status_code == 200
    for wrong in (url.replace(one, two), url.replace("/full", "/small"), url[:-2], url.replace("until=1", "until=2")):
        assert (await desk.client.get(wrong)).status_code == 404, wrong
    for wrong in (url.partition("?")[0], url.replace("/full", "/../app.db")):
        assert (await desk.client.get(wrong)).status_code in {404, 422}, wrong
    from chatbot.service.files import addresses

    past = addresses.address(files.secret, one, "full", "customer", files.clock.now() - timedelta(minutes=20))
    assert (await desk.client.get(past)).status_code == 404


async def test_as_many_as_a_conversation_may_have(desk):
    visitor = await desk.start()
    object.__setattr__(desk.app.state.running.files, "most", 2)
    told = [await attach(visitor, picture(), client_id=str(number)) for number in range(3)]
    assert [each.status_code for each in told] == [201, 201, 409]
    assert told[-1].json()["detail"].startswith("No more files")


async def test_what_was_never_sent_is_forgotten_and_bytes_as_long_as_somebody_has_them(desk, settings):
    running = desk.app.state.running
    visitor, other = await desk.start(), await desk.start()
    kept = (await attach(visitor, picture())).json()["id"]
    await send(visitor, [kept], "Look.")
    same = (await attach(other, picture())).json()["id"]  # the same bytes
    gone = (await attach(other, picture("GIF"), client_id="f2")).json()["id"]
    (settings.desk().files / "incoming" / "killed").write_bytes(b"half of one")
    assert await sweep(running.database, running.files) == 0  # all of it is young

    later = replace(running.files, clock=Later(running.files.clock))
    assert await sweep(running.database, later, young=-1) == 3  # the GIF, its small picture, what never arrived
    assert (await opened(visitor, kept)).status_code == 200
    assert [(await other.get(f"/files/{file}")).status_code for file in (same, gone)] == [404, 404]


async def test_the_same_bytes_that_come_again_while_the_old_ones_are_swept_away_stay(desk, settings, monkeypatch):
    running = desk.app.state.running
    visitor, other = await desk.start(), await desk.start()
    await attach(visitor, picture())
    for path in settings.desk().files.glob("*/*"):
        os.utime(path, (0, 0))
    in_use, again = sweeping.stored.in_use, []

    async def then_comes_again(session, hashes):
        found = await in_use(session, hashes)
        again.append((await attach(other, picture())).json()["id"])
        return found

    monkeypatch.setattr(sweeping.stored, "in_use", then_comes_again)
    later = replace(running.files, clock=Later(running.files.clock))
    assert await sweep(running.database, later) == 0
    assert (await opened(other, again[0])).status_code == 200
    assert (await opened(other, again[0], "small")).status_code == 200


class Later:
    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now() + timedelta(days=2)


async def test_the_doctor_misses_a_file(desk, settings):
    visitor = await desk.start()
    await attach(visitor, picture())

    async def found():
        return next(each for each in await examine(settings) if each.subject == "files")

    assert (await found()).sentence == "1 attached files, all there."
    next(path for path in settings.desk().files.glob("??/*") if not path.name.endswith(".small")).unlink()
    assert "1 of 1 attached files are missing" in (await found()).sentence
    assert not (await found()).ok


async def test_a_closed_conversation_keeps_only_a_mark(desk):
    visitor = await desk.start()
    files = [(await attach(visitor, body, client_id=str(len(body)))).json()["id"] for body in (picture(), PDF)]
    await send(visitor, files, "See here.")
    async with desk.app.state.running.database.read() as session:
        row = await stored.find(session, visitor.id)
        said = await stored.messages(session, visitor.id, up_to=row.last_seq)
        assert transcript_of(row, said, None).turns[0].text == "See here. [file: picture] [file: PDF]"


async def test_a_key_of_the_agents_scope_attaches_too(desk, settings):
    visitor = await desk.start()
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")
    headers = {"Authorization": f"Bearer {key}"}
    path = f"/v1/queue/{visitor.id}/files?client_id=k&agent=Mira"
    assert (await desk.client.post(path, content=PDF, headers=headers)).status_code == 201
