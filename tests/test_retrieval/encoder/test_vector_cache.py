"""The vector cache: once for each text, across kills and damage."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.encoder import vector_cache
from retrieval.encoder.vector_cache import VectorCache


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(vector_cache, "SHARD_TEXTS", 4)


TEXTS = [f"text number {number} " + "long " * number for number in range(10)]


def test_it_returns_what_the_encoder_says(tmp_path, encoder):
    cache = VectorCache(tmp_path, encoder)
    assert cache.fill(TEXTS + TEXTS) == 10
    found = cache.read([TEXTS[3], TEXTS[0], TEXTS[3]])
    expected = encoder.encode([TEXTS[3], TEXTS[0], TEXTS[3]])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    parts = list(cache.read_in_parts(TEXTS, part=4))
    assert [len(part) for part in parts] == [4, 4, 2]


def test_a_second_fill_embeds_only_what_is_new(tmp_path, encoder):
    VectorCache(tmp_path, encoder).fill(TEXTS[:6])
    encoder.encoded.clear()
    again = VectorCache(tmp_path, encoder)
    assert len(again) == 6
    assert again.fill(TEXTS) == 4
    assert sorted(encoder.encoded) == sorted(TEXTS[6:])


def test_a_kill_costs_one_shard_at_most(tmp_path, encoder):
    def stop_in_second_shard(step, done, total):
        if done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VectorCache(tmp_path, encoder).fill(TEXTS, stop_in_second_shard)
    rest = VectorCache(tmp_path, encoder)
    assert len(rest) == 4
    assert rest.fill(TEXTS) == 6


def test_the_same_texts_are_named_the_same(tmp_path, encoder):
    for folder in ("one", "other"):
        VectorCache(tmp_path / folder, encoder).fill(TEXTS)
    one, other = ({path.name for path in (tmp_path / name / "words").iterdir()} for name in ("one", "other"))
    assert one == other
    VectorCache(tmp_path / "one", encoder).fill(["another text"])
    assert len({path.name for path in (tmp_path / "one" / "words").iterdir()}) == len(one) + 2


def test_each_encoder_has_its_own_vectors(tmp_path, encoder, other_encoder):
    VectorCache(tmp_path, encoder).fill(TEXTS)
    assert VectorCache(tmp_path, other_encoder).fill(TEXTS) == 10
    assert {path.name for path in tmp_path.iterdir()} == {"words", "other-words"}


@pytest.mark.parametrize("victim", ["*.vectors.npy", "*.keys.npy"])
def test_a_truncated_shard_is_computed_again(tmp_path, encoder, victim):
    VectorCache(tmp_path, encoder).fill(TEXTS)
    damaged = min((tmp_path / "words").glob(victim))
    damaged.write_bytes(damaged.read_bytes()[:-7])
    cache = VectorCache(tmp_path, encoder)
    assert cache.fill(TEXTS) == 4
    np.testing.assert_allclose(cache.read(TEXTS), encoder.encode(TEXTS), atol=1e-3)
    assert VectorCache(tmp_path, encoder).fill(TEXTS) == 0


def test_a_shard_without_keys_does_not_count(tmp_path, encoder):
    VectorCache(tmp_path, encoder).fill(TEXTS)
    max((tmp_path / "words").glob("*.keys.npy")).unlink()
    assert VectorCache(tmp_path, encoder).fill(TEXTS) == 2


def test_progress_grows_to_the_end_and_follows_the_work(tmp_path, encoder):
    told = []
    VectorCache(tmp_path, encoder).fill(TEXTS, lambda *report: told.append(report))
    assert told[0] == ("embed", 0, 10)
    assert told[-1] == ("embed", 10, 10)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert len({done for _, done, _ in told}) > 4


def test_an_unknown_text_is_an_error(tmp_path, encoder):
    with pytest.raises(KeyError):
        VectorCache(tmp_path, encoder).read(["never filled"])


def test_one_cache_takes_over_another_which_is_empty_then(tmp_path, encoder):
    main, beside = VectorCache(tmp_path / "main", encoder), VectorCache(tmp_path / "beside", encoder)
    main.fill(TEXTS[:3])
    assert beside.missing([*TEXTS[:5], TEXTS[0]]) == TEXTS[:5]
    for start in range(0, 6, 2):
        beside.add(TEXTS[start : start + 2], encoder.encode(TEXTS[start : start + 2]))
    beside.add([], np.zeros((0, encoder.dimension), dtype=np.float32))
    main.absorb(VectorCache(tmp_path / "beside", encoder))
    for cache in (main, VectorCache(tmp_path / "main", encoder)):
        assert len(cache) == 6
        np.testing.assert_allclose(cache.read(TEXTS[:6]), encoder.encode(TEXTS[:6]), atol=1e-3)
    assert len(VectorCache(tmp_path / "beside", encoder)) == 0
    assert len(beside) == 6  # who has it open keeps it
    main.absorb(VectorCache(tmp_path / "beside", encoder))
    assert len(main) == 6
