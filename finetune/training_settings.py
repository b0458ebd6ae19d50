"""Settings of a training run: one type, whose field descriptions are also the help of `understudy train`.

Imports no library, so that a help text costs nothing; what goes together and what the size of the base decides is in
``train/resolve.py``.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field, fields
from pathlib import Path  # noqa: TC003  # the command line reads the annotations at run time
from typing import Any, Literal, get_args

Method = Literal["full", "lora", "ia3", "prefix"]
METHODS: tuple[str, ...] = get_args(Method)
Optimizer = Literal["adamw", "muon"]
OPTIMIZERS: tuple[str, ...] = get_args(Optimizer)

VARIED, REPLIES = "How the questions are varied", "Of replies to customers alone"
MODEL, LOOP, CARE = "What is trained", "How it is trained", "What is watched"
STEADY, SEVERAL = "What keeps it from learning by heart", "Several models made into one"
SMALL = "Smaller and faster"
"""The groups in which the settings are shown; a writer, which learns from pairs alone, has none of the first line."""


def _option(group: str, text: str, **limits: Any) -> dict[str, Any]:
    """What makes a field the user's: its help, the group it is shown in, its limits, its unit (``metavar``)."""
    return {"group": group, "help": text, **limits}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """How to fine-tune. None lets the size of the base decide; ``minutes`` 0 sets no limit of time.

    The fields without help are not the user's: ``accumulation`` is batches a step, ``evaluations`` how often the
    held-out loss is measured in a run, ``save_minutes`` the time between checkpoints, ``bf16`` None takes it where the
    hardware has it, and ``tracker_folder`` None is the work folder. ``teachers`` are folders of GPT-2 models of the
    same tokenizer whose mean probabilities are learnt beside the answers, with the share ``teaching`` of the loss.
    ``given`` names the fields that somebody has set, which no search changes, ``found`` those that a search has set.
    """

    base: str | None = field(
        default=None,
        metadata=_option(MODEL, "The GPT-2 to start from: a Hugging Face folder or hub name. Default: ours."),
    )
    method: Method = field(
        default="full",
        metadata=_option(
            MODEL,
            "full trains every weight; lora small matrices beside them, for a fraction of the memory; ia3 only how "
            "strong keys, values and neurons are; prefix only what is put before each prompt.",
        ),
    )
    freeze: int = field(
        default=0,
        metadata=_option(
            MODEL,
            "Leave the embeddings and the lowest N layers as they are: faster, less memory, less forgotten.",
            metavar="N",
            min=0,
        ),
    )
    minutes: float = field(
        default=30.0,
        metadata=_option(
            LOOP, "Time of the whole command: tuning, promising, measuring and training share it.", min=0.1
        ),
    )
    epochs: int = field(default=4, metadata=_option(LOOP, "Passes over the answers, at most.", metavar="N", min=1))
    patience: int = field(
        default=3,
        metadata=_option(LOOP, "Stop after so many evaluations without gain; 0 never stops.", metavar="N", min=0),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=_option(LOOP, "Peak of the rate. Default: by method and size of the base.", metavar="RATE", min=0.0),
    )
    optimizer: Optimizer = field(
        default="adamw",
        metadata=_option(
            LOOP, "adamw for all weights, or muon for the matrices of the layers: fewer steps, each a little dearer."
        ),
    )
    batch_size: int | None = field(
        default=None,
        metadata=_option(LOOP, "Examples at once, each process. Default: by the size.", metavar="N", min=1),
    )
    max_tokens: int = field(
        default=512,
        metadata=_option(LOOP, "Length of an example; longer ones cost time and memory.", metavar="N", min=64),
    )
    abstain: bool = field(
        default=False,
        metadata=_option(
            REPLIES, "Also learn which answers could not be known from what was shown; reads each answer once more."
        ),
    )
    judged: float = field(
        default=0.0,
        metadata=_option(
            REPLIES,
            "Share of the answers that are also learnt to be told from answers to like questions, by which the model "
            "can rank replies.",
            metavar="SHARE",
            min=0.0,
            max=1.0,
        ),
    )
    gradient_checkpointing: bool = field(default=False, metadata=_option(LOOP, "Less memory for a third more time."))
    search: int = field(
        default=0,
        metadata=_option(
            REPLIES,
            "Try so many settings first, each for a short while; what learns best is kept as the desk's own for this "
            "and later runs. What you set yourself stays as it is. Takes half of the training's time.",
            metavar="N",
            min=0,
            max=500,
        ),
    )
    preferences: bool = field(
        default=False,
        metadata=_option(
            REPLIES,
            "Afterwards learn from what agents did with suggestions: what they sent against what they edited, passed "
            "over or refused. Kept only where it helps; takes a fifth of the training's time.",
        ),
    )
    processes: int = field(
        default=1, metadata=_option(LOOP, "Train in so many processes, one for each GPU.", metavar="N", min=1)
    )
    fsdp: bool = field(default=False, metadata=_option(LOOP, "Divide a model that no GPU can hold among them."))
    seed: int = field(default=0, metadata=_option(LOOP, "Seed of sampling, shuffling and initialisation.", metavar="N"))
    augment: str | None = field(
        default=None,
        metadata=_option(
            VARIED,
            "Learn from past questions said in other ways too, with the same answers; some of synonyms, noise (typos), "
            "paraphrase (questions that got the same answer), back_translation and slots (other cities, dates, "
            "numbers), by comma. Default: none.",
            metavar="NAMES",
        ),
    )
    augment_share: float = field(
        default=0.5,
        metadata=_option(VARIED, "How many more, as a share of the answers.", metavar="SHARE", min=0.0, max=1.0),
    )
    back_translate: str | None = field(
        default=None,
        metadata=_option(
            VARIED,
            "For back_translation: a command into another language and one back, each of lines into lines, or folders "
            "of Marian models, such as 'apertium -u eng-spa | apertium -u spa-eng'. No shell reads them.",
            metavar="'THERE | BACK'",
        ),
    )
    weight_decay: float = field(
        default=0.01,
        metadata=_option(STEADY, "How strongly weights are drawn towards 0.", metavar="SHARE", min=0.0, max=1.0),
    )
    dropout: float = field(
        default=0.0,
        metadata=_option(STEADY, "Share of signals left out at random in training.", metavar="SHARE", min=0.0, max=0.9),
    )
    label_smoothing: float = field(
        default=0.0,
        metadata=_option(
            STEADY, "Share of each word's probability spread over all others.", metavar="SHARE", min=0.0, max=0.9
        ),
    )
    layer_decay: float = field(
        default=1.0,
        metadata=_option(
            STEADY, "Each layer's rate is this share of that of the one above.", metavar="SHARE", min=0.01, max=1.0
        ),
    )
    ema: float = field(
        default=0.0,
        metadata=_option(
            STEADY,
            "Keep a running average of the weights instead of the last ones: 0.99 is over about the last 100 steps.",
            metavar="SHARE",
            min=0.0,
            max=0.99999,
        ),
    )
    adversarial: float = field(
        default=0.0,
        metadata=_option(
            STEADY,
            "Learn each batch a second time with its words shifted so that it is hardest, by this share of their size "
            "(0.02 is much): steadier with typos and rare words, twice the time.",
            metavar="SHARE",
            min=0.0,
            max=1.0,
        ),
    )
    r_drop: float = field(
        default=0.0,
        metadata=_option(
            STEADY,
            "How much two readings of a batch that dropout makes different shall agree (1 to 5): twice the time, and "
            "it needs --dropout.",
            metavar="WEIGHT",
            min=0.0,
        ),
    )
    soup: int = field(
        default=1,
        metadata=_option(
            SEVERAL,
            "Train so many models that differ by chance and average their weights as far as that is no worse; they "
            "share the minutes.",
            metavar="K",
            min=1,
            max=16,
        ),
    )
    distil: bool = field(
        default=False,
        metadata=_option(
            SEVERAL, "Then train the average to say what all of --soup say together, in an equal share of the minutes."
        ),
    )
    prune: float = field(
        default=0.0,
        metadata=_option(
            SMALL,
            "Leave out this share of the neurons, those that do least for your answers, before training: 0.5 makes a "
            "model about a quarter smaller. Training makes up for most of it.",
            metavar="SHARE",
            min=0.0,
            max=0.95,
        ),
    )
    prune_layers: int = field(
        default=0,
        metadata=_option(
            SMALL,
            "Leave out so many whole layers, those that change the least: faster, and worse than fewer neurons.",
            metavar="N",
            min=0,
        ),
    )
    sparse: float = field(
        default=0.0,
        metadata=_option(
            SMALL,
            "Set this share of the weights, the smallest, to nought and keep it there: a smaller file after "
            "`understudy models shrink`, no faster.",
            metavar="SHARE",
            min=0.0,
            max=0.95,
        ),
    )
    learn_from_unpruned: bool = field(
        default=False,
        metadata=_option(
            SMALL,
            "Learn from what the whole model says beside the answers, where something of it is left out: slower, and "
            "worth it where --base was trained on this desk.",
        ),
    )
    canaries: int = field(
        default=4,
        metadata=_option(
            REPLIES,
            "Invented secrets put into the training once each and asked for afterwards: a model that tells one "
            "remembers too much and does not serve. They are no part of your data; 0 leaves them out.",
            metavar="N",
            min=0,
            max=64,
        ),
    )
    tracker: str = field(
        default_factory=lambda: "tensorboard" if importlib.util.find_spec("tensorboard") else "none",
        metadata=_option(
            CARE, "Where loss curves go while it runs: tensorboard where that is installed, wandb or none."
        ),
    )

    max_steps: int | None = None
    accumulation: int | None = None
    lora_rank: int = 16
    prefix_tokens: int = 16
    evaluations: int = 6
    save_minutes: float = 3.0
    bf16: bool | None = None
    given: tuple[str, ...] = field(default=(), compare=False)
    found: tuple[str, ...] = field(default=(), compare=False)
    tracker_folder: Path | None = None
    teachers: tuple[str, ...] = ()
    teaching: float = 0.5

    def asked(self) -> dict[str, Any]:
        """What the user may set, by name: for reports, and to tell an interrupted run from another one."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.metadata}
