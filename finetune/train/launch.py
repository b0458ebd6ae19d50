"""One training run on several processes: torchrun starts them, this module is what each of them runs.

    python -m torch.distributed.run --nproc-per-node N -m finetune.train.launch WORK

``fit_in_processes`` writes examples and settings into the work folder, starts that command, passes the first process'
progress on and takes the trained weights back from disk. Checkpoints lie in the same folder, so that an interrupted
launch goes on like any other run. Whatever ends the caller ends the processes: an exception or Ctrl-C stops them, and
if it is killed the first of them cannot report any more and takes the others down.

Knows processes and files; refuses to know how training works.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.progress import Report, silent
from finetune.errors import TrainingError
from finetune.examples import packed, unpacked
from finetune.library_logs import quiet
from finetune.loop import distributed
from finetune.loop.fit_settings import FitResult
from finetune.loop.trained_weights import BEST, load_trained, save_trained
from finetune.train.prepare import Trainee, fit_here, prepared
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from finetune.examples import Example

_SETTINGS = "task.json"
_EXAMPLES = "task.npz"
_TRAINED = "trained.safetensors"
_LOG = "launch.log"
_PATIENCE = 30.0  # seconds the processes have to end by themselves


def fit_in_processes(
    trainee: Trainee,
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    report: Report = silent,
) -> FitResult:
    """As ``fit_here``, on ``settings.processes`` processes of this machine.

    Raises:
        TrainingError: one of the processes could not go on; says what it said last.

    """
    _write_task(work_folder, train, heldout, settings)
    result: FitResult | None = None
    with (work_folder / _LOG).open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603  # our own module
            _command(settings.processes, work_folder),
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(settings.processes),
            text=True,
            start_new_session=True,  # Ctrl-C comes here only, and the processes are stopped in order
        )
        try:
            for message in _messages(process):
                if "error" in message:
                    raise TrainingError(message["error"])
                if "result" in message:
                    result = FitResult(**message["result"])
                if "progress" in message:
                    report(*message["progress"])
            process.wait()
        finally:
            _stop(process)
    if result is None or process.returncode != 0:
        last = (work_folder / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-12:]
        raise TrainingError("the training processes ended before their time; the last they said:\n" + "\n".join(last))
    best = work_folder / BEST
    found = result.heldout_loss is not None and best.exists()
    load_trained(trainee.model, best if found else work_folder / _TRAINED)
    return result


def _command(processes: int, work_folder: Path) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    return [*torchrun, "--nproc-per-node", str(processes), "-m", "finetune.train.launch", str(work_folder)]


def _environment(processes: int) -> dict[str, str]:
    threads = max(1, (os.cpu_count() or 1) // processes)
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"OMP_NUM_THREADS": str(threads), **os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _messages(process: subprocess.Popen[str]) -> Iterator[Mapping[str, Any]]:
    """What the first process says, line by line; other things that libraries print are passed over."""
    for line in process.stdout or ():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            yield message


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.terminate()  # torchrun ends its processes
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write_task(
    work_folder: Path, train: Sequence[Example], heldout: Sequence[Example], settings: TrainSettings
) -> None:
    np.savez(work_folder / _EXAMPLES, **packed(train, "train"), **packed(heldout, "heldout"))
    (work_folder / _SETTINGS).write_text(json.dumps(asdict(settings), default=str), encoding="utf-8")


def _read_task(work_folder: Path) -> tuple[list[Example], list[Example], TrainSettings]:
    stored = json.loads((work_folder / _SETTINGS).read_text(encoding="utf-8"))
    if stored["tracker_folder"] is not None:
        stored["tracker_folder"] = Path(stored["tracker_folder"])
    with np.load(work_folder / _EXAMPLES) as arrays:
        train, heldout = (unpacked(arrays, name) for name in ("train", "heldout"))
    return train, heldout, TrainSettings(**stored)


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(work_folder: Path) -> None:
    """What each process does; torchrun tells it by the environment which one it is."""

    def report(step: str, done: int, total: int | None) -> None:
        _say({"progress": (step, done, total)})

    try:
        train, heldout, settings = _read_task(work_folder)
        with quiet():
            trainee = prepared(train, settings)
            result = fit_here(trainee, train, heldout, settings, work_folder, report)
            save_trained(trainee.model, work_folder / _TRAINED, result.heldout_loss)
    except TrainingError as problem:
        _say({"error": str(problem)})
        raise SystemExit(1) from problem
    if distributed.is_first():
        _say({"result": asdict(result)})
    distributed.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
