"""What the sample shop has learnt: used where it fits, told where it does not, and made anew when it has to be."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil

import pytest

from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.home import Home
from chatbot.learning import sample_shop
from chatbot.learning.sample_shop import MANIFEST, Shipped, lay, read, shop_digest
from chatbot.service.serving import contract_versions
from chatbot.service.serving.contract import Contract
from chatbot.settings import Settings
from data.sample import TRAINED

SHIPPED, LATER, OWN = "20260101-000000-aaaa-sample", "20260601-000000-bbbb-sample", "20260301-000000-cccc"
AGAIN = "What ships of the sample shop has to be made anew: `make sample`."


def a_contract(name: str) -> Contract:
    return Contract(
        version=name,
        created="2026-01-01T00:00:00+00:00",
        fitted_with={"index": "i", "adapter": None, "encoder": "e"},
        probability_model=ProbabilityModel.default(),
        thresholds=Thresholds(Promise(), Threshold(0.6)),
        ranking=None,
        same_above=0.9,
        until=("", ""),
        kept=(),
        figures={},
    )


def ship(folder, name=SHIPPED, **other):
    """A folder as `make sample` writes it."""
    shutil.rmtree(folder, ignore_errors=True)
    contract_versions.save(folder / "contracts" / name, a_contract(name))
    (folder / "reports").mkdir()
    (folder / "reports" / f"replay-{name}.html").write_text("a page")
    (folder / "topics.json").write_text("{}")
    made = Shipped(1, shop_digest(), "e", sample_shop._code(), name, None, {"replay": f"replay-{name}.html"}, {})
    (folder / MANIFEST).write_text(json.dumps(dataclasses.asdict(dataclasses.replace(made, **other))))
    return folder


@pytest.fixture
def home(tmp_path):
    """A demo's home, indexed."""
    home = Home(tmp_path / "home").create()
    (home.indexes / "one").mkdir()
    (home.indexes / "one" / "manifest.json").write_text('{"encoder": "e"}')
    home.promote(index="one")
    return home


@pytest.fixture
def folder(tmp_path):
    return ship(tmp_path / "trained")


def test_what_fits_serves_and_its_pages_are_in_the_home(home, folder):
    laid = lay(home, folder)
    assert laid.note is None
    assert laid.reports["replay"].read_text() == "a page"
    assert home.current().contract == SHIPPED
    assert contract_versions.serving(home) == a_contract(SHIPPED)
    assert home.topics.exists()


def test_again_does_nothing(home, folder):
    first = lay(home, folder)
    home.topics.write_text("edited")
    assert lay(home, folder) == first
    assert home.topics.read_text() == "edited"


@pytest.mark.parametrize(("other", "told"), [({"shop": "another"}, "have changed"), ({"encoder": "f"}, "encoder")])
def test_what_was_made_for_another_shop_or_encoder_is_not_used_and_that_is_told(home, folder, other, told):
    laid = lay(home, ship(folder, **other))
    assert not laid.reports
    assert told in laid.note
    assert "make sample" in laid.note
    assert home.current().contract is None


def test_what_served_is_withdrawn_when_it_does_not_fit_any_more(home, folder):
    lay(home, folder)
    laid = lay(home, ship(folder, shop="another"))
    assert home.current().contract is None
    assert "have changed" in laid.note


@pytest.mark.parametrize("damage", ["", "{}", '{"format": 2}', None])
def test_a_damaged_folder_is_told(home, folder, damage):
    if damage is None:
        shutil.rmtree(folder)
    else:
        (folder / MANIFEST).write_text(damage)
    assert "cannot be read" in lay(home, folder).note
    assert home.current().contract is None


def test_a_contract_changed_by_hand_is_told(home, folder):
    path = folder / "contracts" / SHIPPED / "contract.json"
    path.write_text(path.read_text().replace("0.6", "0.1"))
    assert "changed by hand" in lay(home, folder).note
    assert home.current().contract is None


def test_a_contract_made_in_the_demo_stays(home, folder):
    contract_versions.save(home.contracts / OWN, a_contract(OWN))
    home.promote(contract=OWN)
    assert OWN in lay(home, folder).note
    assert home.current().contract == OWN


def test_a_later_one_replaces_the_one_that_shipped_before(home, folder):
    lay(home, folder)
    lay(home, ship(folder, LATER))
    assert home.current().contract == LATER


def test_what_a_person_went_back_from_does_not_return(home, folder):
    lay(home, folder)
    home.promote(contract="")
    assert lay(home, folder).reports
    assert home.current().contract is None


def test_another_version_of_the_program_is_told(home, folder):
    laid = lay(home, ship(folder, code="another"))
    assert "an earlier version" in laid.note
    assert home.current().contract == SHIPPED


def test_what_ships_was_made_of_the_shop_as_it_is():
    assert read(TRAINED).shop == shop_digest(), AGAIN


def test_what_ships_is_small_and_holds_nothing_that_runs():
    files = [path for path in TRAINED.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".html", ".safetensors"}
    assert sum(path.stat().st_size for path in files) < 5_000_000  # what the encoder learns is 2.6 MB of it


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_what_ships_answers_as_it_did_when_it_was_made(tmp_path):
    """Other decisions mean that its promise and its reports are of another program."""
    from chatbot.cli.demo import prepare

    settings = Settings(home=tmp_path / "home")
    asyncio.run(prepare(settings))
    assert lay(settings.desk()).reports
    made, now = read(TRAINED).answers, dict(sample_shop.answered(settings))
    assert {name: decision for name, (decision, _) in now.items()} == {
        name: decision for name, (decision, _) in made.items()
    }, AGAIN
    assert max(abs(now[name][1] - made[name][1]) for name in made) < 0.02, AGAIN
