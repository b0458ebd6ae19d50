"""A tiny random Marian model from a folder: read, used, and refused where it is none."""

from __future__ import annotations

import json
import shutil

import pytest

from finetune.augment.back_translation import stages
from finetune.errors import TrainingError

sentencepiece = pytest.importorskip("sentencepiece", reason="needs sentencepiece, as a Marian tokenizer does")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from transformers import MarianConfig, MarianMTModel

    found = tmp_path_factory.mktemp("marian")
    (found / "texts").write_text("\n".join(f"where is my parcel number {n} please" for n in range(60)))
    sentencepiece.SentencePieceTrainer.train(
        input=str(found / "texts"), model_prefix=str(found / "source"), vocab_size=32, minloglevel=2
    )
    shutil.move(found / "source.model", found / "source.spm")
    shutil.copy(found / "source.spm", found / "target.spm")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(found / "source.spm"))
    known = dict.fromkeys(["</s>", "<unk>", *(pieces.id_to_piece(n) for n in range(pieces.get_piece_size())), "<pad>"])
    vocabulary = {piece: number for number, piece in enumerate(known)}
    (found / "vocab.json").write_text(json.dumps(vocabulary))
    (found / "tokenizer_config.json").write_text(json.dumps({"source_lang": "en", "target_lang": "es"}))
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, pad_token_id=pad, eos_token_id=0,
        decoder_start_token_id=pad, forced_eos_token_id=0,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(found)
    return found


def test_a_folder_is_a_stage_that_makes_a_line_of_a_line(folder):
    there, back = stages(f"{folder} | cat")
    lines = [f"where is parcel {n}" for n in range(20)]
    made = there(lines)
    assert len(made) == 20
    assert made == there(lines)
    assert not any("\n" in line for line in made)
    assert back(["as it is"]) == ["as it is"]


def test_a_folder_that_asks_for_code_is_refused(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))
    with pytest.raises(TrainingError, match="code of its own"):
        stages(f"{copy} | cat")


def test_pickled_weights_and_other_folders_are_refused(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(TrainingError, match="no Marian model that can be read"):
        stages(f"{copy} | cat")
    with pytest.raises(TrainingError, match="no Marian model that can be read"):
        stages(f"{tmp_path} | cat")
