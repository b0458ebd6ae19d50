"""A search: so many trials, each judged by its held-out loss, the hopeless ones cut short; an Optuna study in a file.

Trials are asked for one by one (Akiba et al. 2019, arXiv:1907.10902): the sampler is a tree of Parzen estimators
(Bergstra et al. 2011), the pruner stops a trial whose held-out loss is worse than the median of the earlier ones after
as much of the time. Hyperband would need dozens of trials to be worth its brackets; a desk makes six to thirty.

What was tried lies in a journal of JSON lines, so that a search that was stopped or killed goes on: the trial that was
under way is tried again, with the same values. Knows trials, losses and progress; refuses to know what is tried.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from data.progress import Report, silent
from finetune.errors import TrainingError
from finetune.loop.callback import read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import optuna

    Suggest = Callable[[optuna.Trial], Mapping[str, Any]]
    Attempt = Callable[[Mapping[str, Any], float, Report], float | None]

JOURNAL = "study.jsonl"
ENOUGH_FOR_IMPORTANCE = 8
"""Whole trials, and as many as there are settings and more: with fewer, importances are noise."""
_BEFORE_PRUNING = 3
_PROBLEM, _SETTINGS, _MINUTES = "problem", "settings", "minutes"
DONE, CUT_SHORT, FAILED = "done", "cut short", "failed"


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial: what was set, the held-out loss (nats a token) it came to, and how it ended.

    ``loss`` is that of the last evaluation where the trial was cut short, None where it failed (``problem`` says why).
    """

    number: int
    settings: Mapping[str, Any]
    loss: float | None
    outcome: str
    seconds: float
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: all trials in order (each of so many ``minutes``), the best, and what mattered.

    ``importances`` are shares of the losses' variance by setting, as fANOVA divides it; empty where too little was
    tried to say.
    """

    trials: tuple[Tried, ...]
    best: Tried
    wanted: int
    minutes: float
    importances: Mapping[str, float] = field(default_factory=dict)

    @property
    def first(self) -> Tried:
        """The trial without any change."""
        return self.trials[0]

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search lies and what it may take.

    ``name`` tells it from other searches in the same folder; ``minutes`` are those of each trial, the same for all, so
    that losses can be compared: a search that goes on keeps those it began with. ``enough`` says that time is spent.
    """

    folder: Path
    name: str
    trials: int
    minutes: float
    seed: int = 0
    enough: Callable[[], bool] = lambda: False


def run(
    search: Search,
    suggest: Suggest,
    attempt: Attempt,
    *,
    log_folder: Path,
    first: Sequence[Mapping[str, Any]] = (),
    report: Report = silent,
) -> Found:
    """Try until there are enough trials or the time is spent; at least one is tried.

    ``suggest`` turns a trial into settings, which JSON can hold; ``attempt`` trains with them for so many
    minutes and returns the held-out loss. It calls its report at every step, where a trial can be cut short by what
    stands in the loss log of ``log_folder``. ``first`` are values to begin with.

    Raises:
        TrainingError: no trial could be trained; says why the last one could not.

    """
    study = _opened(search)
    _take_up(study, first)
    while len(_over(study)) < search.trials and not (_over(study) and search.enough()):
        trial = study.ask()
        told = _told(report, len(_over(study)), search.trials)
        _try_out(study, trial, suggest, attempt, log_folder, told)
    return _found(study, search.trials)


def _try_out(
    study: optuna.Study, trial: optuna.Trial, suggest: Suggest, attempt: Attempt, log_folder: Path, report: Report
) -> None:
    """One trial to its end; one that cannot be trained is told and the search goes on."""
    from optuna import TrialPruned
    from optuna.trial import TrialState

    settings = suggest(trial)
    trial.set_user_attr(_SETTINGS, dict(settings))
    try:
        loss = attempt(settings, study.user_attrs[_MINUTES], _watched(trial, log_folder, report))
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        return
    except TrainingError as error:
        problem = str(error)
    else:
        problem = "it ended before its held-out loss was measured: give the search more minutes"
        if loss is not None:
            study.tell(trial, loss)
            return
    trial.set_user_attr(_PROBLEM, problem)
    study.tell(trial, state=TrialState.FAIL)


def _watched(trial: optuna.Trial, log_folder: Path, report: Report) -> Report:
    """A report that hands each held-out loss of the log to the pruner, and ends the trial where that says so."""
    from optuna import TrialPruned

    known = 0

    def watched(step: str, done: int, total: int | None) -> None:
        nonlocal known
        report(step, done, total)
        losses = [row["eval_loss"] for row in read_log(log_folder) if "eval_loss" in row]
        if len(losses) <= known:
            return
        for place in range(known, len(losses)):
            trial.report(losses[place], place)
        known = len(losses)
        if trial.should_prune():
            raise TrialPruned

    return watched


def _told(report: Report, before: int, trials: int) -> Report:
    """Progress of one trial as that of the whole search, in hundredths of a trial."""

    def told(_: str, done: int, total: int | None) -> None:
        share = min(1.0, done / total) if total else 0.0
        report("search", round(100 * (before + share)), 100 * trials)

    return told


def _opened(search: Search) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    search.folder.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(search.folder / JOURNAL)))
    study = optuna.create_study(storage=storage, study_name=search.name, load_if_exists=True)
    if _MINUTES not in study.user_attrs:
        study.set_user_attr(_MINUTES, search.minutes)
    # A seed alone would draw the same values again after an interruption.
    seed = search.seed + 1009 * len(study.trials)
    random_first = max(_BEFORE_PRUNING, search.trials // 3)
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=random_first)
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=_BEFORE_PRUNING, n_warmup_steps=1)
    return study


def _take_up(study: optuna.Study, first: Sequence[Mapping[str, Any]]) -> None:
    """Queue what a new search begins with; of one that was stopped, the trial that was under way."""
    from optuna.trial import TrialState

    if not study.trials:
        for values in first:
            study.enqueue_trial(dict(values))
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)


def _over(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """The trials that came to an end of their own, in order; one that failed without a problem was interrupted."""
    from optuna.trial import TrialState

    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) or _PROBLEM in trial.user_attrs
    ]


def _found(study: optuna.Study, wanted: int) -> Found:
    from optuna.trial import TrialState

    ends = {TrialState.COMPLETE: DONE, TrialState.PRUNED: CUT_SHORT}
    tried = []
    for number, trial in enumerate(_over(study), start=1):
        attributes = trial.user_attrs
        tried.append(
            Tried(
                number,
                attributes.get(_SETTINGS, {}),
                trial.value,
                ends.get(trial.state, FAILED),
                trial.duration.total_seconds() if trial.duration else 0.0,
                attributes.get(_PROBLEM),
            )
        )
    whole = [each for each in tried if each.outcome == DONE]
    if not whole:
        raise TrainingError(f"none of {len(tried)} trials could be trained; the last: {tried[-1].problem}")
    best = min(whole, key=lambda each: (each.loss, each.number))
    return Found(tuple(tried), best, wanted, study.user_attrs[_MINUTES], importances(study))


def importances(study: optuna.Study) -> dict[str, float]:
    """Each setting's share of the losses' variance (fANOVA, Hutter et al. 2014); empty with too few whole trials."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    settings = {name for trial in whole for name in trial.params}
    if len(whole) < max(ENOUGH_FOR_IMPORTANCE, len(settings) + 1) or len({trial.value for trial in whole}) == 1:
        return {}
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return {name: float(share) for name, share in found.items()}
