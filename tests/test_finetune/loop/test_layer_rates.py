"""Which layer a weight belongs to, whatever wraps it, and what its rate is."""

from __future__ import annotations

import pytest

from finetune.loop.layer_rates import layer_of, rate_factor


@pytest.mark.parametrize(
    ("name", "layer", "factor"),
    [
        ("transformer.h.11.attn.c_attn.weight", 11, 1.0),
        ("transformer.h.9.mlp.c_fc.bias", 9, 0.25),
        ("base_model.model.transformer.h.10.attn.c_attn.lora_A.default.weight", 10, 0.5),
        ("module.transformer.h.10._checkpoint_wrapped_module.ln_1.weight", 10, 0.5),
        ("transformer.wte.weight", -1, 0.5**12),
        ("transformer.wpe.weight", -1, 0.5**12),
        ("transformer.ln_f.weight", None, 1.0),
        ("prompt_encoder.default.embedding.weight", None, 1.0),
    ],
)
def test_each_layer_has_a_share_of_the_rate_above(name, layer, factor) -> None:
    assert layer_of(name) == layer
    assert rate_factor(name, 12, 0.5) == pytest.approx(factor)
    assert rate_factor(name, 12, 1.0) == 1.0


def test_all_weights_of_a_gpt2_have_their_place(tiny) -> None:
    without = {name for name, _ in tiny.named_parameters() if layer_of(name) is None}
    assert without == {"transformer.ln_f.weight", "transformer.ln_f.bias"}
