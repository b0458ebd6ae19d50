"""Runtimes of the encoder: OpenVINO where it runs, else torch.

Three ways to one vector space. ``OpenVino`` and ``TorchTokens`` take batches of tokens; they know models that mean the
vectors of a text's tokens. ``WholeModel`` leaves all to sentence-transformers and knows each of its models: it is the
reference with which the others must agree before they are used. Knows no passages, no index and no fingerprints.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

from retrieval.encoder import openvino
from retrieval.encoder.batches import Tokens
from retrieval.encoder.openvino import MEANS, STATES, OpenVino

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

RuntimeName = Literal["auto", "torch", "openvino"]

BATCH = 32
"""Texts in one forward pass where sentence-transformers does all; larger batches only spill a small cache."""
TOKENS_ON_CPU = 4096
"""Tokens of a batch on torch: with 1024 its threads wait for each other too often where the cores are shared."""
TOKENS_ELSEWHERE = 16_384
"""The same on a device that is no processor."""
AGREES = 0.999
"""Least cosine to the reference, for each probe; bfloat16 keeps it."""

PROBES = (
    "Where is my parcel?",
    "",
    "Error 0x80070002 after the UPDATE to version 115.3.1, see https://example.com/help",
    "Wo ist mein Paket? 我的包裹在哪里 Où est mon colis ?",
    "I have tried to sign in since Monday. The page says that my account is locked. " * 4,
)
_logger = logging.getLogger(__name__)


class RuntimeUnfitError(RuntimeError):
    """A way of computing cannot be used here or for this model; the message says why, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Space:
    """The vector space of an encoder: its name, the length of a vector, and the tokens that are read of a text."""

    fingerprint: str
    dimension: int
    longest: int


class Runtime(Protocol):
    """A way of computing. Any number of threads may use one at once."""

    @property
    def name(self) -> str:
        """For people to read."""
        ...

    @property
    def bf16(self) -> bool:
        """Whether it computes in bfloat16."""
        ...

    def vectors(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
        """Places in ``texts`` and their vectors, shape (len(places), dimension), not scaled; batch after batch."""
        ...


@runtime_checkable
class TokenRuntime(Runtime, Protocol):
    """One that shows what the model makes of each token before it means them."""

    def states(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        """Places in ``texts``, their vectors, and the states of their tokens, of one pass.

        Shapes (len(places), dimension), not scaled, and (len(places), tokens, dimension), padding at the end.
        """
        ...

    def spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Where each token of each text stands in it, first and behind the last character; (0, 0) for a mark."""
        ...


def choose(
    model: Any, wanted: RuntimeName, probed: NDArray[np.float32], *, bf16: bool, threads: int
) -> tuple[Runtime, str]:
    """The fastest way that gives this model's vectors, and why it is no faster one ("" where there is none faster).

    Args:
        model: a loaded sentence-transformers model in fp32. With ``bf16`` torch rounds it in place.
        probed: the reference's vectors of ``PROBES``, shape (probes, dimension).
        wanted: "auto" is OpenVINO on a processor where it agrees with torch, else torch.
        bf16: compute in bfloat16.
        threads: of OpenVINO; torch's are its own setting.

    Raises:
        RuntimeUnfitError: OpenVINO was wanted and cannot be used.

    """
    reference = WholeModel(model)
    tokens = Tokens.of(model)
    why = ""
    if wanted != "torch":
        try:
            return _on_openvino(model, tokens, probed, bf16=bf16, threads=threads), why
        except RuntimeUnfitError as error:
            if wanted == "openvino":
                raise
            why = str(error)
    reference.round_weights(bf16=bf16)
    if tokens is not None:
        batched = TorchTokens(tokens, mean_pooled(model), device=str(model.device), bf16=bf16)
        if agreement(batched, probed) > AGREES:
            return batched, why
    return reference, why


class WholeModel:
    """sentence-transformers' own way, for any of its models."""

    name = "sentence-transformers"

    def __init__(self, model: Any) -> None:
        """Take over a loaded fp32 model."""
        self._model = model.eval()
        self.bf16 = False

    def round_weights(self, *, bf16: bool) -> None:
        """Go over to bfloat16, or stay."""
        import torch

        self.bf16 = bf16
        if bf16:
            self._model.to(torch.bfloat16)

    def vectors(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
        """Places in ``texts`` and their vectors, batch after batch, the longest texts first."""
        import torch

        order = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            batch = [texts[place] for place in places]
            with torch.inference_mode():
                found = self._model.encode(batch, batch_size=BATCH, convert_to_tensor=True, show_progress_bar=False)
                rows = found.to("cpu", torch.float32).numpy()
            yield places, rows


class TorchTokens:
    """Batches of tokens on torch, on any device."""

    name = "torch"

    def __init__(self, tokens: Tokens, pooled: Any, *, device: str, bf16: bool) -> None:
        """Take over a module (ids, mask) -> (means, states)."""
        self._tokens = tokens
        self._pooled = pooled
        self._device = device
        self.bf16 = bf16

    def vectors(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
        """Places in ``texts`` and their vectors, batch after batch, the longest texts first."""
        return ((places, means) for places, (means,) in self._run(texts, MEANS))

    def states(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        """See ``TokenRuntime``."""
        return self._run(texts, MEANS, STATES)

    def spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """See ``TokenRuntime``."""
        return self._tokens.spans(texts)

    def _run(self, texts: Sequence[str], *outputs: int) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        import torch

        for batch in self._tokens.batches(texts, TOKENS_ON_CPU if self._device == "cpu" else TOKENS_ELSEWHERE):
            with torch.inference_mode():
                ids, mask = (torch.from_numpy(array).to(self._device) for array in batch.arrays())
                made = self._pooled(ids, mask)
                rows = [made[output].to("cpu", torch.float32).numpy() for output in outputs]
            yield batch.places, rows


def mean_pooled(model: Any) -> Any:
    """A torch module (ids, mask) -> mean over the tokens that are not padding, and their states, in fp32."""
    import torch

    class MeanPooled(torch.nn.Module):
        def __init__(self, transformer: Any) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            hidden: torch.Tensor = self.transformer(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9), hidden

    return MeanPooled(model[0].auto_model).eval()


def _on_openvino(
    model: Any, tokens: Tokens | None, probed: NDArray[np.float32], *, bf16: bool, threads: int
) -> OpenVino:
    """OpenVINO for this model, with vectors that agree with the probes'."""
    if tokens is None:
        raise RuntimeUnfitError(
            "the model does more than to mean the vectors of a text's tokens, or has a slow tokeniser"
        )
    if str(model.device) != "cpu":
        raise RuntimeUnfitError(f"the model is on {model.device}")
    return on_openvino(tokens, lambda: openvino.convert(mean_pooled(model)), probed, bf16=bf16, threads=threads)


def on_openvino(
    tokens: Tokens, graph: Callable[[], Any], probed: NDArray[np.float32], *, bf16: bool, threads: int
) -> OpenVino:
    """OpenVINO over the model that ``graph`` gives, where its vectors agree with the probes'.

    Raises:
        RuntimeUnfitError: it cannot be used here, or computes something else.

    """
    try:
        if bf16 and not openvino.computes_bf16():
            why = "OpenVINO has no bfloat16 on this processor"
        else:
            found = OpenVino(tokens, graph(), threads=threads, bf16=bf16)
            least = agreement(found, probed)
            if least > AGREES:
                return found
            why = f"OpenVINO's vectors differ from torch's (cosine {least:.4f})"
    except ImportError as error:
        raise RuntimeUnfitError(f"openvino cannot be imported ({error})") from error
    except Exception as error:  # a converter fails in any way it likes, and torch does the same work
        _logger.warning("OpenVINO could not take the encoder over, so torch computes: %s", error)
        raise RuntimeUnfitError(f"OpenVINO could not take the model over ({error})") from error
    _logger.warning("%s, so torch computes.", why)
    raise RuntimeUnfitError(why)


def processors() -> int:
    """The processors this process may use, which in a container are fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def agreement(runtime: Runtime, expected: NDArray[np.float32]) -> float:
    """The lowest cosine between the runtime's vectors of the probes and the expected ones."""
    found = all_vectors(runtime, PROBES)
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return float(((found * expected).sum(axis=1) / np.maximum(lengths, 1e-12)).min())


def all_vectors(runtime: Runtime, texts: Sequence[str]) -> NDArray[np.float32]:
    """A row for each text, in their order, not scaled."""
    parts = list(runtime.vectors(texts))
    places = np.concatenate([np.asarray(places) for places, _ in parts])
    rows: NDArray[np.float32] = np.concatenate([rows for _, rows in parts])[np.argsort(places)]
    return rows
