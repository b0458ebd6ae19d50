"""What editors do over HTTP, and how soon the running bot knows; a live index, real files, a pipeline that searches."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import asynccontextmanager

import pytest

from chatbot.service.access import api_keys
from chatbot.service.conversations.views import customer_evidence
from chatbot.service.serving import compaction
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.index.build import build_index
from retrieval.passages import passages_of_article
from tests.test_api.conftest import serving
from tests.test_api.test_killed_server import process
from tests.test_service.live_desk import FIRST, LiveLoader

LIDS = {"title": "Lids of kettles", "text": "Press the seal of the lid in until it clicks."}


@asynccontextmanager
async def live_desk(settings):
    async with serving(settings, LiveLoader(settings.desk())) as desk:
        key = await api_keys.create(desk.app.state.running.database, "editor")
        desk.client.headers["Authorization"] = f"Bearer {key}"
        yield desk


async def suggestions(client, text):
    body = {"messages": [{"role": "customer", "text": text}], "k": 3}
    answer = await client.post("/v1/suggestions", json=body)
    if answer.status_code == 503:  # it is still loading
        return []
    return [one["evidence"][0]["id"] for one in answer.json()["suggestions"] if one["evidence"]]


async def comes(client, text, passage_id, *, there=True):
    """Wait until a passage is the best answer to a question, or none of the answers."""
    for _ in range(400):
        found = await suggestions(client, text)
        if (found[:1] == [passage_id]) if there else (found and passage_id not in found):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{passage_id} within 20 seconds: {there} did not come about; {found}")


async def test_an_article_is_answered_from_once_it_is_stored_and_not_once_it_is_deleted(settings):
    async with live_desk(settings) as desk:
        answer = await desk.client.put("/v1/articles/lids", json=LIDS)
        assert (answer.status_code, answer.json()) == (201, {"id": "lids", "outcome": "new"})
        await comes(desk.client, "seal of the lid", "lids#0")
        again = await desk.client.put("/v1/articles/lids", json=LIDS)
        assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
        copy = await desk.client.put("/v1/articles/lids-2", json=LIDS)
        assert copy.json()["outcome"] == "duplicate"
        changed = await desk.client.put("/v1/articles/lids", json={**LIDS, "text": "Buy a wooden spoon."})
        assert changed.json()["outcome"] == "changed"
        await comes(desk.client, "a wooden spoon", "lids#0")
        assert (await desk.client.delete("/v1/articles/lids?language=de")).status_code == 404
        assert (await desk.client.delete("/v1/articles/lids")).json()["outcome"] == "deleted"
        await comes(desk.client, "a wooden spoon", "lids#0", there=False)
        gone = await desk.client.delete("/v1/articles/lids")
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_questions_added_to_an_article_are_kept_with_it(settings):
    async with live_desk(settings) as desk:
        asked = {**LIDS, "questions": ["do you mend drips?"]}
        assert (await desk.client.put("/v1/articles/lids", json=asked)).status_code == 201
        async with desk.app.state.running.database.read() as session:
            (kept,) = await corpus.articles(session, ["lids"])
        assert kept.questions == ("do you mend drips?",)
        assert (await desk.client.put("/v1/articles/lids", json=LIDS)).json()["outcome"] == "changed"
        refused = await desk.client.put("/v1/articles/lids", json={**LIDS, "questions": [""]})
        assert refused.status_code == 422


async def test_an_article_links_to_web_addresses_only(settings):
    async with live_desk(settings) as desk:
        for address in ("javascript:alert(1)", "//evil.example", "/help", "data:text/html,x", "https://a@evil.example"):
            answer = await desk.client.put("/v1/articles/lids", json={**LIDS, "url": address})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        good = {**LIDS, "url": "https://help.example/lids"}
        assert (await desk.client.put("/v1/articles/lids", json=good)).status_code == 201


def test_of_answers_stored_before_customers_get_web_addresses_only():
    evidence = [{"id": "a#0", "kind": "article", "title": "A", "url": "javascript:alert(1)"}]
    assert customer_evidence(evidence) == [{"id": "a#0", "kind": "article", "title": "A", "url": None, "text": None}]


async def test_searches_go_on_while_articles_come_in(settings):
    async with live_desk(settings) as desk:
        searching = True

        async def search():
            count = 0
            while searching:
                assert await suggestions(desk.client, "opening hours")
                count += 1
            return count

        searches = [asyncio.create_task(search()) for _ in range(3)]
        for number in range(20):
            await desk.client.put(f"/v1/articles/a{number}", json={"title": f"Part {number}", "text": f"Word{number}"})
        await comes(desk.client, "part 19 word19", "a19#0")
        searching = False
        assert min(await asyncio.gather(*searches)) > 0
        await comes(desk.client, "part 3 word3", "a3#0")


async def test_a_retired_passage_is_not_shown_until_it_is_restored(settings):
    async with live_desk(settings) as desk:
        await desk.client.put("/v1/articles/lids", json=LIDS)
        await comes(desk.client, "seal of the lid", "lids#0")
        url, reason = "/v1/retirements/lids%230", {"reason": "We sell no kettles any more."}
        assert (await desk.client.post(url, json=reason)).json() == {"id": "lids#0", "outcome": "retired"}
        await comes(desk.client, "seal of the lid", "lids#0", there=False)
        again = await desk.client.post(url, json=reason)
        assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
        assert (await desk.client.delete(url)).json()["outcome"] == "restored"
        await comes(desk.client, "seal of the lid", "lids#0")
        assert (await desk.client.delete(url)).status_code == 404
        assert (await desk.client.post("/v1/retirements/lids%237", json=reason)).status_code == 404
        assert (await desk.client.post("/v1/retirements/none", json=reason)).status_code == 404


async def test_an_imported_conversation_is_learnt_and_forgotten_while_the_server_runs(settings):
    turns = (Turn(Role.CUSTOMER, "The grinder is stuck."), Turn(Role.AGENT, "Turn the hopper left."))
    async with live_desk(settings) as desk:
        async with open_database(settings.database()) as database, database.write() as session:  # another process' way
            await corpus.store_batch(session, [Conversation("mail/7", turns, source="mail")])
        await comes(desk.client, "grinder stuck", "mail/7:1")
        assert (await desk.client.delete("/v1/transcripts/mail/7?source=chat")).status_code == 404
        assert (await desk.client.delete("/v1/transcripts/mail/7")).json() == {"id": "mail/7", "outcome": "deleted"}
        await comes(desk.client, "grinder stuck", "mail/7:1", there=False)


async def test_what_is_deleted_leaves_what_was_played_too(settings):
    turns = (Turn(Role.CUSTOMER, "The grinder is stuck."), Turn(Role.AGENT, "Turn the hopper left."))
    case = {"conversation_id": "mail/7", "evidence_ids": [], "question": "The grinder is stuck."}
    async with live_desk(settings) as desk:
        async with open_database(settings.database()) as database, database.write() as session:
            await corpus.store_batch(session, [Conversation("mail/7", turns, source="mail")])
        practice = settings.desk().create().practice
        practice.mkdir(exist_ok=True)
        (practice / "one.jsonl").write_text("{}\n" + json.dumps({"digest": "", "case": case}) + "\n", "utf-8")
        assert (await desk.client.delete("/v1/transcripts/mail/8")).status_code == 404
        assert "grinder" in (practice / "one.jsonl").read_text("utf-8")
        assert (await desk.client.delete("/v1/transcripts/mail/7")).status_code == 200
        assert "grinder" not in (practice / "one.jsonl").read_text("utf-8")


async def test_a_write_with_a_key_is_done_once(settings):
    async with live_desk(settings) as desk:
        key = {"Idempotency-Key": "put-1"}
        first = await desk.client.put("/v1/articles/lids", json=LIDS, headers=key)
        await desk.client.delete("/v1/articles/lids")
        again = await desk.client.put("/v1/articles/lids", json=LIDS, headers=key)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert (await desk.client.delete("/v1/articles/lids")).status_code == 404
        other = await desk.client.put("/v1/articles/lids", json={**LIDS, "text": "x"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("a", {"title": "T"}),
        ("a", {"title": "T", "text": "  "}),
        ("a", {"title": "T", "text": "nul \0"}),
        ("a%00b", LIDS),
        ("a" * 700, LIDS),
    ],
)
async def test_articles_that_are_refused(settings, slug, body):
    async with live_desk(settings) as desk:
        answer = await desk.client.put(f"/v1/articles/{slug}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_promoted_index_is_taken_up_without_losing_what_came_in_since(settings):
    async with live_desk(settings) as desk:
        await desk.client.put("/v1/articles/lids", json=LIDS)
        await comes(desk.client, "seal of the lid", "lids#0")
        await desk.client.delete(f"/v1/articles/{FIRST.slug}")  # was never stored here
        home, loader = settings.desk(), desk.loader
        passages = passages_of_article(FIRST) + passages_of_article(Article("new", "New things", "Grinders in red."))
        await asyncio.to_thread(build_index, passages, loader.encoder, home.indexes / "two", home.embeddings)
        home.promote(index="two")
        await comes(desk.client, "grinders in red", "new#0")
        assert (await suggestions(desk.client, "seal of the lid"))[0] == "lids#0"


async def test_much_change_lets_a_new_index_be_built_once(settings, monkeypatch):
    started = []
    monkeypatch.setattr(compaction.Compaction, "command", lambda self: started.append(self) or ["true"])
    monkeypatch.setattr("retrieval.index.live_index.LEAST_CHANGES", 2)
    async with live_desk(settings) as desk:
        for number in range(6):
            await desk.client.put(f"/v1/articles/a{number}", json={"title": f"Part {number}", "text": f"Word{number}"})
        await comes(desk.client, "part 5 word5", "a5#0")
        await asyncio.sleep(1)
    assert len(started) == 1


@pytest.mark.integration
async def test_what_was_acknowledged_is_found_after_kill_9(tmp_path):
    settings_url = f"sqlite:///{tmp_path / 'app.db'}"
    async with process(tmp_path, way="searches") as (child, client):
        async with open_database(settings_url) as database:
            key = {"Authorization": f"Bearer {await api_keys.create(database, 'editor')}"}
            made = (await client.post("/v1/conversations")).json()
            visitor = {"Authorization": f"Bearer {made['token']}"}
            url = f"/v1/conversations/{made['id']}"
            await client.post(f"{url}/handover", headers=visitor)
            message = {"client_id": "1", "text": "My grinder hums."}
            await client.post(f"{url}/messages", json=message, headers=visitor)
        assert (await client.put("/v1/articles/lids", json=LIDS, headers=key)).status_code == 201
        for step, body in (
            ("claim", {"agent": "Mira"}),
            (
                "replies",
                {"agent": "Mira", "visible_to": "customer", "client_id": "r", "text": "Brush the burrs clean."},
            ),
            ("release", {"agent": "Mira", "to": "closed"}),
        ):
            assert (await client.post(f"{url}/{step}", json=body, headers=key)).is_success
        child.send_signal(signal.SIGKILL)
        await child.wait()
    async with process(tmp_path, way="searches") as (_, client):
        client.headers.update(key)
        await comes(client, "seal of the lid", "lids#0")
        await comes(client, "my grinder hums", f"{made['id']}:1")
        assert (await client.delete(f"/v1/transcripts/{made['id']}")).status_code == 200
        await comes(client, "my grinder hums", f"{made['id']}:1", there=False)
