"""Growing: what the narrow model said stays, and a copying circuit comes with what is new."""

import pytest
import torch
from transformers import GPT2Config

from finetune.model.answer_model import AnswerGPT2
from finetune.pretrain.growth import Circuit, grown

START, VOCABULARY = 1, 200


def narrow_model(*, head: int = 64, heads: int = 2) -> AnswerGPT2:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=128,
        n_embd=head * heads,
        n_layer=3,
        n_head=heads,
        bos_token_id=START,
        eos_token_id=2,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    return AnswerGPT2(config).eval()


def sequences(count: int = 4, length: int = 40) -> torch.Tensor:
    """Random tokens said twice after the opening token, (count, 1 + 2 x length)."""
    some = torch.randint(3, VOCABULARY, (count, length), generator=torch.Generator().manual_seed(1))
    return torch.cat([torch.full((count, 1), START), some, some], dim=1)


@torch.inference_mode()
def surprise(model: AnswerGPT2, ids: torch.Tensor, start: int) -> float:
    """Mean nats of the tokens from ``start`` on."""
    logits = model(ids).logits[:, start - 1 : -1]
    return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, start:].flatten()))


def test_without_its_circuit_the_wide_model_says_what_the_narrow_one_said() -> None:
    narrow, ids = narrow_model(), sequences()
    wide = grown(narrow, Circuit(copy=0.0, layers=(2,)), ids, start_id=START, seed=0)
    assert (wide.config.n_embd, wide.config.n_head) == (256, 4)
    with torch.inference_mode():
        before, after = narrow(ids).logits.log_softmax(-1), wide(ids).logits.log_softmax(-1)
    assert (before - after).abs().mean() < 0.1


def test_the_circuit_repeats_what_came_next_the_last_time() -> None:
    narrow, ids = narrow_model(), sequences()
    wide = grown(narrow, Circuit(copy=2.0, layers=(2,)), ids, start_id=START, seed=0)
    again = 1 + 40 + 2  # the second time round, once there is something to look back at
    assert surprise(wide, ids, again) < surprise(narrow, ids, again) - 0.5


def test_all_of_it_goes_on_learning() -> None:
    wide = grown(narrow_model(), Circuit(layers=(2,)), sequences(), start_id=START, seed=0)
    wide.train()
    ids = sequences()
    wide(input_ids=ids, labels=ids).loss.backward()
    silent = [name for name, weight in wide.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert silent == []


def test_heads_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="32 wide"):
        grown(narrow_model(head=32, heads=4), Circuit(), sequences(), start_id=START, seed=0)


def test_training_leaves_the_codes_alone() -> None:
    wide = grown(narrow_model(), Circuit(layers=(2,)), sequences(), start_id=START, seed=0)
    before = {name: weight.detach().clone() for name, weight in wide.named_parameters()}
    optimizer = torch.optim.AdamW(wide.parameters(), lr=1e-2, weight_decay=0.0)
    ids = sequences()
    for _ in range(3):
        wide(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    for name, weight in wide.named_parameters():
        if name.endswith(("c_proj.weight", "c_proj.bias", "wte.weight", "wpe.weight")):
            assert torch.equal(weight[..., 128:], before[name][..., 128:]), name
            assert not torch.equal(weight[..., :128], before[name][..., :128]), name


def test_a_saved_one_is_an_ordinary_gpt2_that_still_keeps_its_codes(tmp_path) -> None:
    from transformers import GPT2LMHeadModel

    wide = grown(narrow_model(), Circuit(layers=(2,)), sequences(), start_id=START, seed=0)
    wide.save_pretrained(tmp_path)
    ids = sequences()
    with torch.inference_mode():
        assert torch.allclose(GPT2LMHeadModel.from_pretrained(tmp_path).eval()(ids).logits, wide(ids).logits, atol=1e-5)
    again = AnswerGPT2.from_pretrained(tmp_path)
    again(input_ids=ids, labels=ids).loss.backward()
    assert not again.transformer.wpe.weight.grad[:, 128:].any()
