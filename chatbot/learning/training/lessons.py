"""Which past answers could have been known from what a model is shown, and so what there is to learn of each.

The same checks that stop a written reply say it of a true one: where its numbers, links or names stand neither in the
evidence nor in the dialogue, or most of its words do not, no model can write it and pass. There the lesson is to
abstain (``finetune.prompt.ABSTAIN``); everywhere else it is the edit that turns the evidence into the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.grounding import check_facts, check_support
from chatbot.dialogue.check.names import check_names
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.moments import Moment


def is_knowable(moment: Moment, evidence: Sequence[str]) -> bool:
    """Whether a moment's answer says only what these texts, the customer, or we ourselves before had said."""
    ours = [turn.text for turn in moment.context if turn.role in {Role.AGENT, Role.BOT}]
    theirs = "\n".join(turn.text for turn in moment.context if turn.role is Role.CUSTOMER)
    sources = Sources((*evidence, *ours), theirs)
    checks = (*check_facts(moment.answer, sources), check_names(moment.answer, sources))
    return not failures((*checks, check_support(moment.answer, sources)))
