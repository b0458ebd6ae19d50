"""Several models that differ by chance, made into one that costs no more to serve.

Model soup (Wortsman et al. 2022, arXiv:2203.05482): fine-tunings of one base lie near each other, so that their weights
can be averaged. Greedy as there: from the best on, each model joins if the average is not worse on held-out answers.
``distil`` goes on from the average and learns what all models say together, their mean probabilities (Hinton et al.
2015, loop/distillation.py); it is kept where it is not worse either.

A model that is done lies in ``member-N`` of the work folder, and is not trained again after an interruption.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from finetune.evaluate.perplexity import perplexity
from finetune.loop.fit_settings import FitResult
from finetune.model.answer_model import plain
from finetune.model.checkpoint import save_weights
from finetune.model.loading import load_base
from finetune.train.train_result import TrainResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from data.progress import Report
    from finetune.examples import Example
    from finetune.training_settings import TrainSettings

_DONE = "member.json"
_LEAST = 0.05  # minutes; 0 would set no limit


@dataclass(frozen=True, slots=True)
class Member:
    """One model of several: where its weights lie, and how its training went.

    ``sizes`` are its parameters and those trained; ``loss`` is nats per labelled token on the held-out answers that all
    are compared by, None without any.
    """

    folder: Path
    fit: FitResult
    sizes: tuple[int, int]
    curve: list[dict[str, Any]]
    loss: float | None


def souped(
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    report: Report,
    *,
    run: Callable[..., TrainResult],
) -> TrainResult:
    """One model of ``settings.soup``, each trained by ``run`` (fine_tune.py's own) with a seed of its own.

    They share ``settings.minutes``; what one leaves by stopping early is the next ones'. Steps, where those end a run,
    are each one's own. Without held-out answers all of them are averaged.
    """

    def member(name: str, wish: TrainSettings) -> Member:
        folder = work_folder / f"member-{name}"
        chosen = replace(wish, minutes=_minutes(settings, members))
        if not (folder / _DONE).exists():
            told = _named(report, name)
            _keep(run(train, heldout, chosen, folder / "run", told), folder, heldout)
        return _read(folder)

    alone = replace(settings, soup=1, distil=False)
    members: list[Member] = []  # grows while they are trained: what is left of the minutes depends on it
    for seed in range(settings.seed, settings.seed + settings.soup):
        members += [member(str(len(members)), replace(alone, seed=seed))]
    ordered = sorted(members, key=lambda each: each.loss or 0.0)
    model, tokenizer, joined, loss = _averaged(ordered, heldout)
    figures = {"losses": [each.loss for each in members], "averaged": joined, "loss": loss}
    if settings.distil:
        soup = work_folder / "member-average"
        save_weights(model, tokenizer, soup)
        wish = replace(alone, base=str(soup), teachers=tuple(str(each.folder) for each in members))
        student = member("distilled", wish)
        members.append(student)
        figures["distilled"] = student.loss
        if loss is None or student.loss is None or student.loss <= loss:
            model, loss = plain(load_base(student.folder)[0]), student.loss
    fit = _together([each.fit for each in members], loss)
    return TrainResult(model, tokenizer, fit, len(train), *ordered[0].sizes, ordered[0].curve, figures)


def _minutes(settings: TrainSettings, done: Sequence[Member]) -> float:
    """An equal share of what those before have left of the minutes."""
    if not settings.minutes:
        return 0.0
    spent = sum(each.fit.seconds for each in done) / 60
    return max(_LEAST, (settings.minutes - spent) / (settings.soup + settings.distil - len(done)))


def _keep(result: TrainResult, folder: Path, heldout: Sequence[Example]) -> None:
    """Write a member; what says that it is whole comes last, and the checkpoints of its run go."""
    save_weights(result.model, result.tokenizer, folder)
    kept = {
        "fit": asdict(result.fit),
        "sizes": [result.parameters, result.trained_parameters],
        "curve": result.curve,
        "loss": _loss(result.model, result.tokenizer, heldout),
    }
    beside = folder / f"{_DONE}.tmp"
    beside.write_text(json.dumps(kept), encoding="utf-8")
    beside.replace(folder / _DONE)
    shutil.rmtree(folder / "run", ignore_errors=True)


def _read(folder: Path) -> Member:
    kept = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    return Member(folder, FitResult(**kept["fit"]), tuple(kept["sizes"]), kept["curve"], kept["loss"])


def _averaged(members: Sequence[Member], heldout: Sequence[Example]) -> tuple[Any, Any, int, float | None]:
    """The greedy soup of members, best first: the model, its tokenizer, how many are in it, its loss."""
    model, tokenizer = load_base(members[0].folder)
    model = plain(model)
    kept, joined, loss = _weights(model), 1, members[0].loss
    for each in members[1:]:
        other = _weights(load_base(each.folder)[0])
        mixed = {name: kept[name] + (other[name] - kept[name]) / (joined + 1) for name in kept}
        model.load_state_dict(mixed)
        tried = _loss(model, tokenizer, heldout)
        if tried is None or loss is None or tried <= loss:
            kept, joined, loss = mixed, joined + 1, tried
    model.load_state_dict(kept)
    return model, tokenizer, joined, loss


def _weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def _loss(model: Any, tokenizer: Any, heldout: Sequence[Example]) -> float | None:
    if not heldout:
        return None
    device = model.device
    found = perplexity(model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer, heldout)
    model.to(device)
    return found.nll / max(found.tokens, 1)


def _together(fits: Sequence[FitResult], loss: float | None) -> FitResult:
    return FitResult(
        steps=sum(each.steps for each in fits),
        seconds=sum(each.seconds for each in fits),
        tokens=sum(each.tokens for each in fits),
        train_loss=fits[-1].train_loss,
        heldout_loss=loss,
        stopped_early=any(each.stopped_early for each in fits),
        resumed_from=sum(each.resumed_from for each in fits),
    )


def _named(report: Report, name: str) -> Report:
    """Progress that says which of the models it is of."""
    return lambda step, done, total: report(f"{step}, model {name}", done, total)
