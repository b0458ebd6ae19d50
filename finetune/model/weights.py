"""A GPT-2 as arrays: what serves is read from a version's files with numpy alone, and a trained model turns into it.

Names are Hugging Face's for ``GPT2LMHeadModel`` without their ``transformer.``; settings are those of its config that
decide what is computed. Knows files and shapes; computes nothing, and refuses to know torch but by ``of``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from finetune.model.packed import PACKED_FILE, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

BASE_FOLDER = Path(__file__).parents[1] / "base_model"
"""The version that ships."""
PREFIX_FILE = "prefix.safetensors"
PREFIX = "prefix"
"""The one tensor of ``PREFIX_FILE``."""
INT8_FILE = "int8.safetensors"
ACTIVATIONS = frozenset({"gelu_new", "gelu_pytorch_tanh", "gelu"})
"""What a GPT-2 may have between its two feed-forward matrices; what runs it knows no others."""
_BODY = "transformer."
_COUNTS = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head")


class UnfitWeightsError(ValueError):
    """The arrays are no GPT-2 that can be run; the message says what is wrong, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The part of a ``GPT2Config`` that decides what is computed, with its names and defaults."""

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    layer_norm_epsilon: float = 1e-5
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    add_cross_attention: bool = False

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Of a config as it stands in ``config.json``.

        Raises:
            TypeError: what counts is no whole number.

        """
        found = cls(**{field.name: config[field.name] for field in fields(cls) if field.name in config})
        if not all(isinstance(getattr(found, name), int) for name in _COUNTS):
            raise TypeError(f"{', '.join(_COUNTS)} must be whole numbers")
        return found

    @property
    def head_width(self) -> int:
        """Numbers of one head's key."""
        return self.n_embd // self.n_head

    def scale(self, layer: int) -> float:
        """What scores of attention in a layer are multiplied by."""
        scale = self.head_width**-0.5 if self.scale_attn_weights else 1.0
        return scale / (layer + 1) if self.scale_attn_by_inverse_layer_idx else scale

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every tensor such a model has, by name and shape, but for an output layer of its own."""
        width, inner = self.n_embd, self.n_inner or 4 * self.n_embd
        yield "wte.weight", (self.vocab_size, width)
        yield "wpe.weight", (self.n_positions, width)
        parts = {
            "ln_1": (width,),
            "attn.c_attn": (width, 3 * width),
            "attn.c_proj": (width, width),
            "ln_2": (width,),
            "mlp.c_fc": (width, inner),
            "mlp.c_proj": (inner, width),
        }
        for layer in range(self.n_layer):
            for part, shape in parts.items():
                yield f"h.{layer}.{part}.weight", shape
                yield f"h.{layer}.{part}.bias", shape[-1:]
        yield "ln_f.weight", (width,)
        yield "ln_f.bias", (width,)

    @property
    def output_layer(self) -> tuple[str, tuple[int, ...]]:
        """Name and shape of an output layer of its own."""
        return "lm_head.weight", (self.vocab_size, self.n_embd)


@dataclass(frozen=True, slots=True)
class Weights:
    """Settings, arrays in whatever floats they came in, and the prefix or None (see prefix.py).

    Made by ``of`` and ``read``, which see that all are there, of the right shape and finite.
    """

    shape: Shape
    arrays: Mapping[str, NDArray[Any]]
    prefix: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Compare the arrays with the settings.

        Raises:
            UnfitWeightsError: they do not belong together.

        """
        shape = self.shape
        _check(shape, self.arrays)
        if self.prefix is not None:
            found = self.prefix.shape
            if (*found[:3], *found[4:]) != (shape.n_layer, 2, shape.n_head, shape.head_width):
                raise UnfitWeightsError(f"the prefix has the shape {found}, which is another model's")

    @classmethod
    def of(cls, model: Any) -> Self:
        """Of a ``GPT2LMHeadModel`` in memory, with its ``desk_prefix`` if it has one."""
        arrays = {name: tensor.detach().float().cpu().numpy() for name, tensor in model.state_dict().items()}
        prefix = getattr(model, "desk_prefix", None)
        return cls(
            Shape.of(model.config.to_dict()),
            _plain_names(arrays),
            None if prefix is None else prefix.detach().float().cpu().numpy(),
        )

    @property
    def prefix_tokens(self) -> int:
        """How many positions the prefix takes; 0 without one."""
        return 0 if self.prefix is None else int(self.prefix.shape[3])

    def floats(self, name: str) -> NDArray[np.float32]:
        """One array in 32 bits; ``lm_head.weight`` is the embedding where the model has none of its own."""
        found = self.arrays.get(name)
        return np.asarray(self.arrays["wte.weight"] if found is None else found, dtype=np.float32)


def read(folder: Path) -> Weights:
    """The GPT-2 in a folder: ``config.json``, every safetensors file that is weights, packed or not, and a prefix.

    Raises:
        UnfitWeightsError: the files are damaged or hold no GPT-2.

    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    arrays: dict[str, NDArray[Any]] = {}
    at = folder / "config.json"
    try:
        config = json.loads(at.read_text(encoding="utf-8"))
        shape = Shape.of(config)
        for at in sorted(folder.glob("*.safetensors")):
            if at.name == PACKED_FILE:
                arrays |= unpacked(load_file(at), [*shape.tensors(), shape.output_layer])
            elif at.name not in {PREFIX_FILE, INT8_FILE}:
                arrays |= load_file(at)
        at = folder / PREFIX_FILE
        prefix = load_file(at)[PREFIX].astype(np.float32) if at.exists() else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError, SafetensorError) as error:
        raise UnfitWeightsError(f"{at} cannot be read ({type(error).__name__}: {error})") from error
    if config.get("model_type", "gpt2") != "gpt2":
        raise UnfitWeightsError(f"{folder / 'config.json'} is of a {config['model_type']} model")
    return Weights(shape, _plain_names(arrays), prefix)


def _plain_names(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(_BODY): array for name, array in arrays.items()}


def _check(shape: Shape, arrays: Mapping[str, NDArray[Any]]) -> None:
    if shape.activation_function not in ACTIVATIONS:
        raise UnfitWeightsError(f"its activation is {shape.activation_function}")
    if shape.add_cross_attention:
        raise UnfitWeightsError("it has cross-attention")
    if shape.n_head < 1 or shape.n_embd % shape.n_head:
        raise UnfitWeightsError(f"{shape.n_embd} numbers a token cannot be shared among {shape.n_head} heads")
    expected = dict(shape.tensors())
    if "lm_head.weight" in arrays:
        expected |= [shape.output_layer]
    for name, wanted in expected.items():
        array = arrays.get(name)
        if array is None:
            raise UnfitWeightsError(f"the weights lack {name}")
        if array.shape != wanted:
            raise UnfitWeightsError(f"{name} has the shape {array.shape}, the config asks for {wanted}")
        if not np.isfinite(array).all():
            raise UnfitWeightsError(f"{name} holds numbers that are none (NaN or infinite)")
