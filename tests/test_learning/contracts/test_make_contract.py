"""From a desk's past to a contract that serves: fitted, judged against the one before, loaded, or done without."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.write.language_model import Sample
from chatbot.errors import InputError, NotReadyError
from chatbot.learning.backtest import backtest
from chatbot.learning.backtest.verdicts import Judgement
from chatbot.learning.contracts import promotion
from chatbot.learning.contracts.fit_contract import make
from chatbot.learning.contracts.make_contract import make_contract, make_contract_if_enough
from chatbot.learning.labelling.labelling_session import open_session
from chatbot.service.monitoring.doctor import examine
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.contract_in_use import ServedContract
from chatbot.service.serving.loader import DeskLoader
from data.transcripts import Role, Turn
from tests.test_learning.contracts.test_fit_contract import MAKING, past
from tests.test_learning.past_desk import ANSWERS, opened

pytestmark = pytest.mark.integration
KNOWN = (Turn(Role.CUSTOMER, "my kettle has limescale inside what should I do now it is my number 4321"),)
UNKNOWN = (Turn(Role.CUSTOMER, "zorp blan quix vint is odd"),)


async def contract_finding(settings):
    (finding,) = [each for each in await examine(settings) if each.subject == "contract"]
    return finding


async def test_a_contract_is_made_serves_and_decides(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch)
    home = settings.desk()
    loader = DeskLoader.of(settings)
    before, wanted = loader.load(), loader.wanted()
    assert before.pipeline.answer(KNOWN).trace["versions"]["contract"] is None
    assert "nothing is promised" in (await contract_finding(settings)).sentence

    outcome = await make_contract(database, settings)
    assert outcome["promoted"], outcome["verdict"]
    assert home.current().contract == outcome["version"]
    assert json.loads((home.reports / f"contract-{outcome['version']}.json").read_text("utf-8")) == outcome
    cases = outcome["figures"]["cases"]
    # A fifth of the answers have words of one customer, which nobody else is sent: no case of what may be answered.
    assert 300 < sum(cases.values()) <= 400
    assert cases["fitted"] > cases["chosen"] > cases["measured"] > 60
    assert outcome["figures"]["risk"] <= 0.05
    assert outcome["figures"]["coverage"] > 0.5

    assert loader.wanted() != wanted
    served = loader.load()
    answer = served.pipeline.answer(KNOWN)
    contract = contract_folder.serving(home)
    assert (answer.decision, answer.reply) == (Decision.ANSWER, ANSWERS["kettle"])
    assert answer.trace["versions"]["contract"] == outcome["version"]
    assert answer.confidence == pytest.approx(contract.probability_model.probability(answer.best.features))
    assert answer.confidence >= contract.thresholds.overall.answer
    assert served.pipeline.answer(UNKNOWN).decision is not Decision.ANSWER
    finding = await contract_finding(settings)
    assert finding.ok
    assert "at most 5% wrong, 90% sure" in finding.sentence

    # The same past makes the same contract, which does not lose against itself, and nothing is replayed twice.
    again = await make_contract(database, settings)
    assert again["promoted"]
    assert again["figures"] == outcome["figures"]
    assert home.current().previous_contract == outcome["version"]

    # A contract that loses is kept and does not serve.
    monkeypatch.setattr(promotion, "loses", lambda *_: (True, "It loses."))
    worse = await make_contract(database, settings)
    assert not worse["promoted"]
    assert "does not serve" in worse["verdict"]
    assert home.current().contract == again["version"]
    assert worse["version"] in contract_folder.versions(home)


class Model:
    """A model that finds all edits equally likely and writes one text."""

    name = "m1"

    def likelihoods(self, turns, texts):
        return [-1.0] * len(texts)

    def samples(self, turns, evidence, **_):
        return [Sample("My kettle is a boat.", -0.5)]

    def doubt(self, turns, evidence):
        return None


async def test_a_model_is_tried_on_every_question_and_what_came_of_it_is_shown(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch)
    home = settings.desk()
    with pytest.raises(NotReadyError, match="understudy train makes one"):
        await make_contract(database, settings, writes=True)
    home.promote(model="m1")
    asked = []
    monkeypatch.setattr(backtest, "_reply_model", lambda folder: asked.append(folder) or Model())
    outcome = await make_contract(database, settings, writes=True)
    assert asked[0] == home.models / "m1"
    told = outcome["writing"]
    assert told["asked"] >= sum(outcome["figures"]["cases"].values())
    assert told["verdict"].startswith("It does not write")  # it adds nothing to what agents said word for word
    assert contract_folder.load(home.contracts / outcome["version"]).replies_by is None
    assert told["page"] == str(home.reports / f"writing-{outcome['version']}.html")
    assert told["verdict"] in (home.reports / f"writing-{outcome['version']}.html").read_text("utf-8")
    assert json.loads((home.reports / f"contract-{outcome['version']}.json").read_text("utf-8")) == outcome

    # What it wrote can be judged by a person, and so can the replies that the contract was made of, apart from it.
    labelling = await open_session(database, settings, count=1000, written=True)
    assert 0 < len(labelling.cases) <= told["wrote"]
    for case in labelling.cases:
        labelling.record(case.id, Judgement.GOOD)
    again = (await make_contract(database, settings, writes=True))["writing"]
    assert (again["asked"], again["wrote"]) == (told["asked"], told["wrote"])
    assert again["right"] == again["judged"] == again["wrote"] > told["right"]
    past = await open_session(database, settings, count=1000)
    assert any(case.features["written"] for case in labelling.cases)
    assert not any(case.features["written"] for case in past.cases)


def test_only_the_model_that_was_tried_writes_under_a_contract():
    served = ServedContract(None, version="v1", replies_by="m1")
    assert (served.writes("m1"), served.writes("m2"), ServedContract(None).writes(None)) == (True, False, False)
    assert served.notes_beside("m1") == ()
    assert "lets the model m1 write replies, which does not serve" in served.notes_beside("m2")[0]


@pytest.fixture
async def promised(tmp_path, database, monkeypatch):
    """The settings of a desk where a contract serves that was made elsewhere: whatever is similar is right."""
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=60)
    save(settings.desk(), adapter=None)
    return settings


def save(home, *, adapter):
    fitted_with = {"index": "one", "adapter": adapter}
    contract = make(past(), replace(MAKING, fitted_with=fitted_with, ranking=None))
    contract_folder.save(home.contracts / "v1", contract)
    home.promote(contract="v1")


def decision(settings):
    return DeskLoader.of(settings).load().pipeline.answer(KNOWN).decision


async def test_a_budget_that_nothing_keeps_lets_nothing_be_answered(promised):
    assert decision(promised) is Decision.ANSWER
    strict = promised.model_copy(update={"risk": 0.0001})
    assert decision(strict) is not Decision.ANSWER
    assert "nothing is answered alone" in (await contract_finding(strict)).sentence


async def test_what_the_encoder_learns_later_does_not_serve_under_the_contract(promised):
    promised.desk().promote(adapter="learnt-later")
    later = DeskLoader.of(promised).load()
    assert "learnt since" in later.notes[-1]
    answer = later.pipeline.answer(KNOWN)
    assert answer.decision is Decision.ANSWER
    assert answer.trace["versions"]["adapter"] is None
    finding = await contract_finding(promised)
    assert finding.ok
    assert "learnt since" in finding.sentence


async def test_a_contract_without_its_adapter_answers_nothing_alone(promised):
    save(promised.desk(), adapter="gone")
    loaded = DeskLoader.of(promised).load()
    assert "cannot be kept" in loaded.notes[-1]
    assert decision(promised) is not Decision.ANSWER


async def test_a_damaged_contract_is_a_note_and_no_licence(promised):
    home = promised.desk()
    (home.contracts / "v1" / "contract.json").write_text("{")
    broken = DeskLoader.of(promised).load()
    assert "contracts fit" in broken.notes[-1]
    answer = broken.pipeline.answer(KNOWN)
    assert answer.decision is not Decision.ANSWER
    assert answer.trace["versions"]["contract"] is None
    assert not (await contract_finding(promised)).ok
    home.promote(contract="")
    assert DeskLoader.of(promised).load().notes == ("No model: answering from retrieval only.",)


async def test_too_few_claim_nothing_and_change_nothing(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=50)
    with pytest.raises(InputError, match="too few"):
        await make_contract(database, settings)
    outcome = await make_contract_if_enough(database, settings)
    assert not outcome["promoted"]
    assert "Nothing is promised" in outcome["verdict"]
    assert settings.desk().current().contract is None
    assert contract_folder.versions(settings.desk()) == []


async def test_an_adapter_that_loses_in_replay_is_set_aside(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch)
    home = settings.desk()
    first = await make_contract(database, settings)
    assert first["promoted"]
    monkeypatch.setattr("chatbot.learning.backtest.backtest._adapter", lambda *_: None)
    monkeypatch.setattr("retrieval.adapter.adapter.DeskAdapter.load", lambda *_: None)
    monkeypatch.setattr("chatbot.learning.encoder_tuning.JUDGING", 0.9)
    monkeypatch.setattr(promotion, "loses", lambda *_: (True, "It loses."))
    home.promote(adapter="worse")
    outcome = await make_contract(database, settings)
    assert "set aside" in outcome["verdict"]
    assert home.current().adapter is None
    assert home.current().contract == first["version"]
