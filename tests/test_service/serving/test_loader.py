"""From a home folder to a pipeline that answers, with the real encoder and our own base model."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from chatbot.errors import NotReadyError
from chatbot.home import Home
from chatbot.service.serving.loader import (
    NO_INDEX,
    NO_MODEL,
    DeskLoader,
    load_current_retriever,
    load_pipeline,
    load_retriever,
)
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus, retirements
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.passages import passages_of_article, passages_of_conversation

QUESTION = (Turn(Role.CUSTOMER, "How do I send back a kettle that I do not want?"),)
TALKS = [
    ("t1", "I want to return my kettle.", "You can send it back within 30 days. The label is in your account."),
    ("t2", "Where is my parcel?", "It is on its way; the tracking link is in your mail."),
    ("t3", "Do you have gift cards?", "Yes, from 10 to 100 pounds, at the till and in the shop."),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, real_encoder):
    from finetune.model.checkpoint import new_version_folder, save_weights, write_manifest
    from finetune.model.loading import load_base
    from retrieval.index.build import build_index

    home = Home(tmp_path_factory.mktemp("desk")).create()
    article = Article("returns", "Returning an item", "Send it back within 30 days, unused and in its box.")
    passages = passages_of_article(article)
    for name, asked, answered in TALKS:
        turns = (Turn(Role.CUSTOMER, asked), Turn(Role.AGENT, answered))
        passages += passages_of_conversation(Conversation(name, turns, labels={"created": "2025-01-01"}))
    build_index(passages, real_encoder, home.indexes / "one", home.embeddings)
    model, tokenizer = load_base()
    version = new_version_folder(home.models, "2026-03-01T00:00:00Z")
    save_weights(model, tokenizer, version)
    write_manifest(
        version, created="2026-03-01T00:00:00Z", base="understudy-base", method="base", settings={}, figures={}
    )
    return home


@pytest.fixture
def home(folder, tmp_path):
    shutil.copytree(folder.path, tmp_path / "desk")
    return Home(tmp_path / "desk")


def loader(home):
    return DeskLoader(home, answer_threshold=0.0, torch_threads=1)


def test_an_empty_home_says_what_to_do(tmp_path):
    home = Home(tmp_path).create()
    loaded = loader(home).load()
    assert loaded.pipeline is None
    assert loaded.missing == (NO_INDEX,)
    with pytest.raises(NotReadyError, match="understudy index"):
        load_pipeline(Settings(home=tmp_path))
    with pytest.raises(NotReadyError):
        load_retriever(home)


@pytest.mark.integration
def test_without_a_model_it_answers_from_retrieval(home):
    home.promote(index="one")
    loaded = loader(home).load()
    assert (loaded.missing, loaded.notes, loaded.index, loaded.model) == ((), (NO_MODEL,), "one", None)
    best, *_ = loaded.pipeline.suggest(QUESTION, 2)
    assert loaded.find(best.evidence_ids[0]).source_id in {"t1", "returns"}
    assert loaded.find("t9:1") is None
    assert load_retriever(home).search("return a kettle", 1)[0].passage.source_id in {"t1", "returns"}


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_with_a_model_and_what_changed_is_loaded_anew(home):
    home.promote(index="one")
    desk = loader(home)
    before, wanted = desk.load(), desk.wanted()
    (version,) = [path.name for path in home.models.iterdir()]
    home.promote(model=version)
    assert desk.wanted() != wanted
    after = desk.load()
    assert (after.notes, after.model) == ((), version)
    assert after.retriever.live is before.retriever.live
    assert after.find("t1:1") == before.find("t1:1") is not None
    ours, odd = after.pipeline.rank(QUESTION, [TALKS[0][2], "Purple monkeys dishwasher."])
    assert ours > odd
    assert after.pipeline.answer(QUESTION).reply
    for desk in (before, after):  # without a model, from the desk's own answers alone
        completion = desk.pipeline.complete(QUESTION, "You can s")
        assert bool(completion.text) == (completion.confidence > 0)
    assert before.pipeline.complete(QUESTION, TALKS[0][2][:12]).text


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_a_damaged_model_is_done_without_and_a_damaged_index_is_missing(home):
    (version,) = [path.name for path in home.models.iterdir()]
    home.promote(index="one", model=version)
    (home.models / version / "model.safetensors").write_bytes(b"not a model")
    loaded = loader(home).load()
    assert loaded.pipeline is not None
    assert loaded.model is None
    assert "answering from retrieval only" in loaded.notes[0]
    for path in (home.indexes / "one").iterdir():
        path.write_bytes(b"x")
    loaded = loader(home).load()
    assert loaded.pipeline is None
    assert "cannot be used" in loaded.missing[0]


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_a_command_sees_what_changed_since_the_index_was_built(home, capsys):
    home.promote(index="one")
    turns = (Turn(Role.CUSTOMER, "The grinder hums."), Turn(Role.AGENT, "Brush the burrs clean."))

    async def change():
        async with open_database(home.database_url) as database, database.write() as session:
            await corpus.store_batch(session, [Conversation("t4", turns), *(article(n) for n in range(3))])
            await corpus.delete_article(session, "guide-1")
            await retirements.add(session, ["t2:1"], "old")

    asyncio.run(change())
    retriever = load_current_retriever(Settings(home=home.path))
    assert retriever.passage("t4:1").answer == "Brush the burrs clean."
    assert retriever.passage("guide-2#0") is not None
    assert retriever.passage("guide-1#0") is None
    assert {hit.passage.id for hit in retriever.search("where is my parcel", 50)} >= {"t1:1", "t4:1", "guide-0#0"}
    assert "t2:1" not in {hit.passage.id for hit in retriever.search("where is my parcel", 50)}
    assert capsys.readouterr().err == ""


def article(number):
    return Article(f"guide-{number}", f"Guide {number}", f"This is guide number {number}.")


@pytest.mark.integration
async def test_a_served_desk_answers_for_real(home):
    from tests.test_api.conftest import serving

    home.promote(index="one")
    settings = Settings(home=home.path, reload_seconds=0.05, answer_threshold=0.0, torch_threads=1)
    async with serving(settings, loader(home)) as desk:
        async with asyncio.timeout(60):
            while (await desk.client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110 - it is a server
                await asyncio.sleep(0.1)
        visitor = await desk.start()
        await visitor.say(QUESTION[0].text, "1")
        events = await visitor.until("message.done")
        assert "30 days" in events[-1]["payload"]["text"]
