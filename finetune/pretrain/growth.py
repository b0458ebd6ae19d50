"""Net2net widening: grows a trained GPT-2 wider without forgetting, and builds a copying circuit into what is new.

Training a wide model from nothing wastes the hours a narrow one has already had. Here every weight of the narrow model
keeps its place in the wide one and what is new is silent at first, so that the wide model starts where the narrow one
stopped (Chen et al. 2016, "Net2Net", arXiv:1511.05641; the layer norms are rescaled for the silent dimensions).

The new dimensions and heads are not left to chance. A reply is made by copying from evidence, which a transformer does
with two heads, one that notes at each token what stood before it, and one that looks for where the present token stood
before and repeats what came next (Olsson et al. 2022, "In-context Learning and Induction Heads", arXiv:2209.11895).
Their formation takes far more tokens than a small machine sees in a day, so they are written down: the new dimensions
hold a code of the position, of the token and of the previous token. Training goes on changing who reads them and how;
what is written there is kept (answer_model.py).

Knows weights only; refuses to know data and training.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from finetune.model.answer_model import AnswerGPT2

if TYPE_CHECKING:
    from torch import Tensor


_POSITION = 32  # new dimensions that hold the position, as sine and cosine of so many halves of frequencies
_CODE = 48  # new dimensions for the code of the token, and as many for that of the previous one
_GROWTH = _POSITION + 2 * _CODE
_LOUDNESS = 1.0  # norm of each new code, relative to the token embeddings: fainter ones drown
_LOOKS_BACK = 0  # the layer whose new head notes the previous token


@dataclass(frozen=True, slots=True)
class Circuit:
    """Strengths of the copying circuit, in logits: to be chosen by held-out loss after growing.

    ``back``: attention to the previous token; ``match``: to a place after the same token; ``rest``: to the start of
    the dialogue, where there is nothing to repeat; ``copy``: length of what is added to the residual stream, in norms
    of it; ``layers``: those whose new head repeats.
    """

    back: float = 12.0
    match: float = 16.0
    rest: float = 9.0
    copy: float = 0.25
    layers: tuple[int, ...] = (4,)


@torch.no_grad()
def grown(narrow: AnswerGPT2, circuit: Circuit, sample: Tensor, *, start_id: int, seed: int) -> AnswerGPT2:
    """A GPT-2 of 128 more dimensions and two more heads a layer that says what ``narrow`` says, and copies besides.

    ``sample`` (batch, length) holds token ids that the strengths are calibrated on; ``start_id`` is the token that
    opens every prompt.

    Raises:
        ValueError: a head of the model is not 64 wide, so that heads cannot be added for the new dimensions.

    """
    old, width = narrow.config, narrow.config.n_embd
    head = width // old.n_head
    if head != _GROWTH // 2:
        raise ValueError(f"only models with heads of {_GROWTH // 2} can grow; this one's are {head} wide")
    config = copy.deepcopy(old)
    config.n_embd, config.n_head = width + _GROWTH, old.n_head + 2
    config.code_dimensions = _GROWTH  # nothing but the circuit may write there, see AnswerGPT2
    torch.manual_seed(seed)
    wide: AnswerGPT2 = AnswerGPT2(config).eval()
    _copy_over(narrow, wide, width)
    codes = _Codes.of(narrow, width, start_id)
    codes.write(wide, width)
    _rescale_norms(narrow, wide, sample, width)
    _write_circuit(wide, width, circuit, sample, codes)
    return wide


def _copy_over(narrow: Any, wide: Any, width: int) -> None:
    """Old weights into their places; everything that writes from new into old, or at all into new, is zero."""
    ours, theirs = wide.transformer, narrow.transformer
    for name in ("wte", "wpe"):
        weight = getattr(ours, name).weight
        weight.zero_()
        weight[:, :width] = getattr(theirs, name).weight
    ours.wpe.weight[:, :width] -= theirs.wpe.weight.mean(dim=1, keepdim=True)
    _copy_norm(ours.ln_f, theirs.ln_f, width)
    ours.ln_f.weight[width:] = 0.0
    for mine, its in zip(ours.h, theirs.h, strict=True):
        _copy_norm(mine.ln_1, its.ln_1, width)
        _copy_norm(mine.ln_2, its.ln_2, width)
        total = width + _GROWTH
        attention, projection = mine.attn.c_attn, mine.attn.c_proj
        fresh = attention.weight.clone()
        for part in range(3):
            start = part * total
            attention.weight[:, start : start + width] = 0.0
            its_part = slice(part * width, part * width + width)
            attention.weight[:width, start : start + width] = its.attn.c_attn.weight[:, its_part]
            attention.bias[start : start + width] = its.attn.c_attn.bias[its_part]
            attention.weight[:, start + width : start + total] = fresh[:, start + width : start + total]
            attention.bias[start + width : start + total] = 0.0
        _copy_writer(projection, its.attn.c_proj, width)
        hidden = its.mlp.c_fc.weight.shape[1]
        mine.mlp.c_fc.weight[width:, :hidden] = 0.0
        mine.mlp.c_fc.weight[:width, :hidden] = its.mlp.c_fc.weight
        mine.mlp.c_fc.bias[:hidden] = its.mlp.c_fc.bias
        _copy_writer(mine.mlp.c_proj, its.mlp.c_proj, width)


def _copy_norm(mine: Any, its: Any, width: int) -> None:
    # The silent dimensions lower the variance the norm divides by: by the old share of all dimensions.
    scale = (width / (width + _GROWTH)) ** 0.5
    mine.weight[:width], mine.bias[:width] = its.weight * scale, its.bias
    mine.weight[width:], mine.bias[width:] = scale, 0.0


def _copy_writer(mine: Any, its: Any, width: int) -> None:
    """A layer that writes into the residual stream, freed of its mean, which norms take away anyhow."""
    mine.weight.zero_()
    mine.bias.zero_()
    mine.weight[: its.weight.shape[0], :width] = its.weight - its.weight.mean(dim=1, keepdim=True)
    mine.bias[:width] = its.bias - its.bias.mean()


@dataclass(frozen=True, slots=True)
class _Codes:
    """What the new dimensions hold: unit codes of tokens (vocabulary, code) and of positions (context, position).

    ``back`` turns a position's code into that of the one before; ``speak`` (code, width) turns a token's code into
    what makes the output layer say that token; ``start`` is the code of the opening token.
    """

    tokens: Tensor
    positions: Tensor
    back: Tensor
    speak: Tensor
    start: Tensor
    loudness: float

    @classmethod
    def of(cls, narrow: AnswerGPT2, width: int, start_id: int) -> _Codes:
        embedding = narrow.transformer.wte.weight[:, :width]
        heard = embedding * narrow.transformer.ln_f.weight  # what the output layer compares with
        heard = heard - heard.mean(dim=0)
        _, spread, directions = torch.linalg.svd(heard, full_matrices=False)
        turn = directions[:_CODE].T / spread[:_CODE]  # (width, code): whitened principal components
        tokens = torch.nn.functional.normalize(heard @ turn, dim=1)
        count = _POSITION // 2
        # Multiples of the golden ratio: no two positions of the context share a code.
        frequencies = torch.pi * ((torch.arange(count) * 0.6180339887 + 0.31) % 1.0)
        angles = torch.arange(narrow.config.n_positions)[:, None] * frequencies
        positions = torch.cat([angles.sin(), angles.cos()], dim=1) / count**0.5
        sine, cosine = torch.diag(frequencies.sin()), torch.diag(frequencies.cos())
        back = torch.cat([torch.cat([cosine, sine], dim=1), torch.cat([-sine, cosine], dim=1)], dim=0)
        loudness = _LOUDNESS * float(embedding.norm(dim=1).mean())
        speak = torch.nn.functional.normalize(turn.T, dim=1)
        return cls(tokens, positions, back, speak, tokens[start_id], loudness)

    def write(self, wide: AnswerGPT2, width: int) -> None:
        """Put the codes into the embeddings."""
        wide.transformer.wpe.weight[:, width : width + _POSITION] = self.loudness * self.positions
        wide.transformer.wte.weight[:, width + _POSITION : width + _POSITION + _CODE] = self.loudness * self.tokens


def _rescale_norms(narrow: AnswerGPT2, wide: AnswerGPT2, sample: Tensor, width: int) -> None:
    """Make up for what the codes add to the variance that norms divide by."""
    before = narrow.transformer(input_ids=sample, use_cache=False, output_hidden_states=True).hidden_states
    for layer, block in enumerate(wide.transformer.h):
        ratio = _states(wide, layer, sample).std(dim=-1) / before[layer].std(dim=-1)
        for norm in (block.ln_1, block.ln_2):
            norm.weight[:width] = norm.weight[:width] * float(ratio[:, 1:].mean()) * ((width + _GROWTH) / width) ** 0.5


def _write_circuit(wide: AnswerGPT2, width: int, circuit: Circuit, sample: Tensor, codes: _Codes) -> None:
    position = slice(width, width + _POSITION)
    token = slice(width + _POSITION, width + _POSITION + _CODE)
    before = slice(width + _POSITION + _CODE, width + _GROWTH)
    total, head = width + _GROWTH, _GROWTH // 2
    query, key, value = (slice(part * total + width, part * total + width + head) for part in range(3))
    rows = slice(width, width + head)  # of the projection: what the first new head carries
    root = head**0.5  # attention divides by it

    # A head that notes the previous token: its query is the position one back, what it carries the token's code.
    block = wide.transformer.h[_LOOKS_BACK]
    gain = 1 / _heard(wide, _LOOKS_BACK, sample, position)
    attention = block.attn.c_attn.weight
    for part in (query, key, value):
        attention[:, part] = 0.0
    attention[position, query][:, :_POSITION] = codes.back * gain * circuit.back * root
    attention[position, key][:, :_POSITION] = torch.eye(_POSITION) * gain
    attention[token, value][:, :_CODE] = torch.eye(_CODE) / _heard(wide, _LOOKS_BACK, sample, token)
    block.attn.c_proj.weight[rows, before][:_CODE] = torch.eye(_CODE) * codes.loudness

    # Heads that look for where this token stood before, and repeat what came next.
    for layer in circuit.layers:
        block = wide.transformer.h[layer]
        attention, bias = block.attn.c_attn.weight, block.attn.c_attn.bias
        here, there = _heard(wide, layer, sample, token), _heard(wide, layer, sample, before)
        for part in (query, key, value):
            attention[:, part] = 0.0
        attention[token, query][:, :_CODE] = torch.eye(_CODE) / here * circuit.match * root
        attention[before, key][:, :_CODE] = torch.eye(_CODE) / there
        # Where nothing matches it rests on the first token, whose value is nothing.
        bias[query.start + _CODE] = circuit.rest * root
        attention[token, key][:, _CODE] = codes.start / here
        kept = torch.eye(_CODE) - torch.outer(codes.start, codes.start)
        attention[token, value][:, :_CODE] = kept / here
        length = circuit.copy * float(_states(wide, layer, sample)[:, 1:, :width].norm(dim=-1).mean())
        block.attn.c_proj.weight[rows.start : rows.start + _CODE, :width] = codes.speak * length


def _heard(wide: AnswerGPT2, layer: int, sample: Tensor, dimensions: slice) -> float:
    """Mean norm of some dimensions as a layer's attention reads them, after its norm."""
    states = _states(wide, layer, sample)
    return float(wide.transformer.h[layer].ln_1(states)[:, 1:, dimensions].norm(dim=-1).mean())


def _states(wide: AnswerGPT2, layer: int, sample: Tensor) -> Tensor:
    """The residual stream before a layer, (batch, length, width)."""
    states: Tensor = wide.transformer(input_ids=sample, use_cache=False, output_hidden_states=True).hidden_states[layer]
    return states
