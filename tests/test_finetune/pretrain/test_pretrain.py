"""The base that ships, and the making of one in small on data sets of the test's own."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys

import pytest
import torch

from data.transcripts import Role
from finetune.loop.time_budget import Budget
from finetune.model.checkpoint import verify
from finetune.model.loading import load_base
from finetune.model.weights import BASE_FOLDER
from finetune.pretrain.base_fit import BaseSet, base_settings, fit_base
from finetune.pretrain.datasets import SOURCES, Sample, Sampler, hash_share, noised, read_conversations
from finetune.pretrain.pretrain import new_model, prepare, pretrain, train_tokenizer
from finetune.prompt import IGNORED, decode_answer, encode_answer


@pytest.fixture
def datasets(tmp_path):
    """Every source in small, in the form of the real ones."""
    root = tmp_path / "datasets"
    rng = random.Random(0)
    words = ["sent", "folder", "password", "account", "server", "message", "filter", "calendar", "printer", "update"]
    for source in SOURCES:
        rows = []
        for number in range(30):
            asked = " ".join(rng.sample(words, 4))
            labels = {"kb_links": ["filters"]} if source.name == "thunderbird" else {}
            if source.name == "dstc11_track5":
                labels = {"knowledge": [{"domain": "hotel", "entity_id": 1, "doc_type": "faq", "doc_id": 0}]}
            turns = [
                {"role": "customer", "text": f"Where is {asked}?", "author": "asker"},
                {"role": "agent", "text": f"Open {asked}. Then restart.", "author": "helper"},
                {"role": "customer", "text": "Thanks, and then?"},
                {"role": "agent", "text": "Close it."},
            ]
            rows.append({"id": f"{source.name}-{number}", "language": "en", "turns": turns, "labels": labels})
        write(root / source.path, rows)
    article = {"slug": "filters", "title": "Filters", "text": "Open the filter list. " * 60}
    write(root / "thunderbird/articles.jsonl.gz", [article])
    knowledge = {
        "domain": "hotel",
        "entity_id": "1",
        "name": "Inn",
        "faqs": {"0": {"question": "Pets?", "answer": "No pets."}},
    }
    write(root / "dstc11_track5/knowledge.jsonl.gz", [knowledge])
    return root


def write(path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_what_is_measured_on_is_never_read() -> None:
    paths = {source.path for source in SOURCES}
    assert not any("firefox" in path or "test" in path for path in paths)
    assert {path for path in paths if "dev" in path} == {"dstc11_track5/dev.jsonl.gz"}


def test_a_tenth_of_star_is_left_out(datasets) -> None:
    star = next(source for source in SOURCES if source.name == "star")
    found = {conversation.id for conversation in read_conversations(datasets, star)}
    assert found == {f"star-{number}" for number in range(30) if hash_share(f"star-{number}") >= 0.1}
    assert len(found) < 30


def test_samples_are_reproducible_and_neighbours_come_from_other_conversations(datasets) -> None:
    sampler = Sampler(datasets, seed=3)
    everything = list(sampler.draw(400))
    assert everything == list(Sampler(datasets, seed=3).draw(400))
    drawn = [each for each in everything if isinstance(each, Sample)]
    assert 150 < len(drawn) < 250
    counts = {len(sample.evidence) for sample in drawn}
    assert counts == {0, 1, 2}
    assert any("No pets." in text for sample in drawn for text in sample.evidence)
    assert any(text.startswith("Filters\n") for sample in drawn for text in sample.evidence)
    assert all(sample.moment.context[-1].role is Role.CUSTOMER for sample in drawn)


def test_noise_changes_words_but_never_empties() -> None:
    rng = random.Random(1)
    text = "First do this. Then do that! Is it done?"
    versions = {noised(text, rng, spare="A foreign sentence.") for _ in range(60)}
    assert len(versions) > 10
    assert all(version.strip() for version in versions)
    assert noised("a", rng) == "a"


def test_prepared_examples_are_kept(datasets, tmp_path) -> None:
    work = tmp_path / "work"
    tokenizer, train, heldout = prepare(datasets, work, count=120, seed=0)
    again = prepare(datasets, work, count=120, seed=0)
    assert again[0].get_vocab() == tokenizer.get_vocab()
    assert again[1] == train
    assert again[2] == heldout
    assert not {row.input_ids for row in train} & {row.input_ids for row in heldout}


def test_extra_labels_and_offsets_stay_within_bounds(examples) -> None:
    rows = BaseSet(examples, Budget(minutes=1, steps=1000, clock=lambda: 0.0), seed=0)
    offsets = set()
    for place, example in enumerate(examples):
        row = rows[place]
        assert all(label in (IGNORED, number) for label, number in zip(row["labels"], row["input_ids"], strict=True))
        assert row["labels"][example.answer_start :] == list(example.labels[example.answer_start :])
        assert row["position_ids"][0] >= 0
        assert row["position_ids"][-1] < 1024
        offsets.add(row["position_ids"][0])
    assert 0 in offsets
    assert len(offsets) > 3


@pytest.mark.integration
def test_the_command_trains_and_writes_a_base(datasets, tmp_path) -> None:
    out = tmp_path / "out"
    arguments = [
        "--datasets",
        datasets,
        "--work",
        tmp_path / "w",
        "--minutes",
        "0.03",
        "--examples",
        "60",
        "--out",
        out,
    ]
    command = [sys.executable, "-m", "finetune.pretrain.pretrain", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=BASE_FOLDER.parent.parent)
    line = json.loads(done.stdout.splitlines()[-1])
    assert line["steps"] >= 1
    assert verify(out).method == "from scratch"
    model, tokenizer = load_base(out)
    assert model.config.vocab_size == len(tokenizer)


def test_a_base_goes_on_where_it_stood_with_its_tokenizer(datasets, tiny_folder, tokenizer, tmp_path) -> None:
    out = tmp_path / "out"
    figures = pretrain(
        datasets, tmp_path / "w", out, minutes=0, max_steps=1, examples=60, go_on_from=tiny_folder, learning_rate=1e-9
    )
    assert figures["steps"] == 1
    assert verify(out).base == "gone on from"
    model, its_tokenizer = load_base(out)
    before, _ = load_base(tiny_folder)
    assert its_tokenizer.get_vocab() == tokenizer.get_vocab()
    for old, new in zip(before.parameters(), model.parameters(), strict=True):
        assert torch.allclose(old, new, atol=1e-3)


def test_default_size_fits_two_cores(tokenizer) -> None:
    full = train_tokenizer(["a b c"], size=300)
    assert 6 + 256 <= len(full) < 300
    parameters = sum(weight.numel() for weight in new_model(tokenizer).parameters())
    assert 10_000_000 < parameters < 14_200_000  # 14.2 million with the vocabulary of the one that ships


@pytest.mark.integration
class TestShipped:
    """The weights in the package."""

    def test_fits_the_wheel(self) -> None:
        assert sum(path.stat().st_size for path in BASE_FOLDER.iterdir()) < 40_000_000
        verify(BASE_FOLDER)

    def test_card_names_every_source_and_licence(self) -> None:
        card = (BASE_FOLDER / "README.md").read_text(encoding="utf-8")
        assert all(source.name in card and source.licence in card for source in SOURCES)

    @pytest.mark.parametrize("text", ["请问？", "👩‍👩‍👧‍👦", "أين طلبي", " \t\r\n\u00a0x", "Grüße, ça va? 12.50 €"])
    def test_tokenizer_loses_nothing(self, text) -> None:
        tokenizer = load_base()[1]
        assert decode_answer(tokenizer, encode_answer(tokenizer, text)) == text

    def test_evidence_helps(self) -> None:
        """It copies: the likelihood of an answer rises when the evidence holds it."""
        from data.transcripts import Turn
        from finetune.prompt import encode_prompt

        model, tokenizer = load_base()
        model.eval()
        turns = [Turn(Role.CUSTOMER, "How long does delivery to Norway take?")]
        reply = encode_answer(tokenizer, "Delivery to Norway takes 4 to 6 working days.")

        def likelihood(evidence: list[str]) -> float:
            prompt = encode_prompt(tokenizer, turns, evidence, max_tokens=300)
            ids = torch.tensor([[*prompt, *reply]])
            with torch.inference_mode():
                scores = model(ids).logits.float().log_softmax(-1)[0]
            return sum(float(scores[len(prompt) + n - 1, token]) for n, token in enumerate(reply))

        assert likelihood(["Delivery to Norway takes 4 to 6 working days."]) > likelihood([]) + 5


def test_a_base_of_a_shorter_context_learns_from_what_fits(tokenizer, examples, tmp_path):
    """Longer examples lose the start of their dialogue, and no label of their answers."""
    longest = max(len(example.input_ids) for example in examples)
    model = new_model(tokenizer, width=32, layers=1, heads=2, context=longest - 6)
    settings = base_settings(minutes=0, max_steps=2, batch_size=8, bf16=False)
    result = fit_base(model, tokenizer, examples[:40], examples[40:], settings, tmp_path)
    assert model.config.n_positions == longest - 6
    assert result.steps == 2
    assert result.heldout_loss > 0
