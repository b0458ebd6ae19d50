"""The encoder on OpenVINO: batches side by side, on the processor.

The one place that imports openvino (Apache-2.0, wheels for Linux, macOS and Windows), and that by ``package`` only:
left to itself it reports to its makers. Knows a model as a graph, or a torch module to convert, (ids, mask) -> (means,
states of the tokens).
"""

from __future__ import annotations

import sys
import warnings
from collections import deque
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

    from retrieval.encoder.batches import Batch, Tokens

TOKENS = 1024
"""Tokens of a batch: on two cores with AVX2 512 is equal within the noise, 2048 a tenth slower."""
FEW = 8
"""Up to so many batches all threads work on one batch, which answers soonest; above, each thread on its own."""
MEANS, STATES = 0, 1
"""The outputs of the graph."""


def package() -> Any:
    """The openvino module, silent.

    Importing it, and each conversion, sends an event to its makers' analytics and writes an id of the user to the home
    directory, unasked, where the package openvino_telemetry (which pip brings along) can be imported; where it cannot,
    openvino goes on with a stub. So here it cannot, for the whole process.

    Raises:
        ImportError: it is not installed, or not for this machine.

    """
    sys.modules.setdefault("openvino_telemetry", cast("ModuleType", None))
    import openvino

    return openvino


def core() -> Any:
    """OpenVINO's core, one for the process.

    On processors with AMX each core gives the thread that makes it another stack for signals and, when it goes, puts
    back the one it found. Of two that go in the order they came that one is freed, and the next SIGINT is the end.

    Raises:
        ImportError: see ``package``.

    """
    return _core(package())


@cache
def _core(openvino: Any) -> Any:
    return openvino.Core()


class OpenVino:
    """Batches of tokens on OpenVINO; see ``retrieval.encoder.runtime.TokenRuntime``."""

    name = "openvino"

    def __init__(self, tokens: Tokens, converted: Any, *, threads: int, bf16: bool) -> None:
        """Compile an ``openvino.Model`` (ids, mask) -> (means, states)."""
        self._tokens, self._model, self._threads, self.bf16 = tokens, converted, threads, bf16
        self._few = self._compiled(streams=1)
        self._many: _Streams | None = None
        self._compiling = Lock()

    def vectors(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
        """Places in ``texts`` and their vectors, batch after batch, the longest texts first."""
        return ((places, means) for places, (means,) in self._run(self._tokens.batches(texts, TOKENS), MEANS))

    def states(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        """See ``TokenRuntime``."""
        return self._run(self._tokens.batches(texts, TOKENS), MEANS, STATES)

    def spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """See ``TokenRuntime``."""
        return self._tokens.spans(texts)

    def _run(
        self, batches: Sequence[Batch], *outputs: int
    ) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        if len(batches) <= FEW or self._threads == 1:
            return self._few.run(batches, outputs)
        with self._compiling:  # when it is first needed: it costs a second and 90 MB
            if self._many is None:
                self._many = self._compiled(streams=self._threads)
        return self._many.run(batches, outputs)

    def _compiled(self, streams: int) -> _Streams:
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if self.bf16 else "f32",
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": streams,
            # Pinned threads of two processes, a server and an index run, would sit on the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        return _Streams(core().compile_model(self._model, "CPU", settings), streams)


class _Streams:
    """A compiled model that works on ``streams`` batches at once."""

    def __init__(self, compiled: Any, streams: int) -> None:
        self._compiled = compiled
        self._streams = streams
        self._idle: deque[Any] = deque()

    def run(
        self, batches: Sequence[Batch], outputs: Sequence[int]
    ) -> Iterator[tuple[Sequence[int], list[NDArray[np.float32]]]]:
        running: deque[tuple[Any, Batch]] = deque()
        try:
            for batch in batches:
                if len(running) == self._streams:
                    yield self._finish(running, outputs)
                request = self._request()
                request.start_async(dict(enumerate(batch.arrays())))
                running.append((request, batch))
            while running:
                yield self._finish(running, outputs)
        finally:  # whoever reads may stop early, and a request that is still running must not be let go
            for request, _ in running:
                request.wait()

    def _request(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return self._compiled.create_infer_request()

    def _finish(
        self, running: deque[tuple[Any, Batch]], outputs: Sequence[int]
    ) -> tuple[Sequence[int], list[NDArray[np.float32]]]:
        request, batch = running[0]
        request.wait()
        rows = [np.array(request.get_output_tensor(output).data, dtype=np.float32) for output in outputs]
        running.popleft()
        self._idle.append(request)
        return batch.places, rows


def computes_bf16() -> bool:
    """Whether OpenVINO has bfloat16 on this processor."""
    return "BF16" in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def convert(pooled: Any) -> Any:
    """A torch module (ids, mask) -> (means, states), as an ``openvino.Model``.

    By the frontend itself: ``openvino.convert_model`` takes twice as long, since it traces a second time to check what
    ``retrieval.encoder.runtime`` checks on vectors.
    """
    package()
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    ids, mask = torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long)
    mask[1, 9:] = 0  # some padding: a mask of ones only could be traced away
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracer's, about shapes that it may have fixed
        traced = torch.jit.trace(pooled, (ids, mask), check_trace=False)  # type: ignore[no-untyped-call]
        decoder = TorchScriptPythonDecoder(traced, example_input=(ids, mask))
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))
