"""One step of the engine: the ids that were planned through the runner, tokens and scores out of what comes back.

Moves sequences on and says what came of them through ``tell`` and ``end``; queues nobody and keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.engine.decoding import go_on, likelihood
from chatbot.engine.protocol import Ending, Event, Generate, NextToken, RequestOutcome, Score
from chatbot.engine.runners.runner import Piece
from chatbot.engine.sampler import log_softmax

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.engine.runners.runner import Runner
    from chatbot.engine.scheduler import Scheduled
    from chatbot.engine.sequence import Sequence


@dataclass(slots=True)
class Counts:
    """What an engine has done. ``reused`` tokens were read by an earlier request."""

    read: int = 0
    written: int = 0
    reused: int = 0
    proposed: int = 0
    accepted: int = 0
    steps: int = 0


class Step:
    """Lives for one step. ``proposing``: texts running at once up to which proposals are tried."""

    def __init__(
        self,
        runner: Runner,
        counts: Counts,
        *,
        tell: Callable[[Sequence, Event], None],
        end: Callable[[Sequence, RequestOutcome], None],
        proposing: int,
    ) -> None:
        self._runner, self._counts = runner, counts
        self._tell, self._end = tell, end
        self._proposing = proposing

    def run(self, shares: list[Scheduled]) -> int:
        """Run a plan; returns how many ids were run."""
        reading: list[Scheduled] = []
        judging: list[Scheduled] = []
        for share in shares:
            (reading if share.sequence.held < len(share.sequence.ids) else judging).append(share)
        proposing = sum(share.sequence.decodes for share in shares) <= self._proposing
        pieces, proposals = [], []
        for share in reading:
            sequence = share.sequence
            assert sequence.slot is not None
            new = sequence.ids[sequence.held : sequence.held + share.tokens]
            whole = sequence.held + len(new) == len(sequence.ids)
            ahead = sequence.prompt_lookup(self._runner.context_tokens) if sequence.decodes and proposing else ()
            pieces.append(Piece(sequence.slot, [*new, *ahead], keep=1 + len(ahead) if whole else 0))
            proposals.append(ahead)
        found = self._runner.forward(pieces) if pieces else []
        for share, piece, ahead, logits in zip(reading, pieces, proposals, found, strict=True):
            if not share.sequence.decodes:
                self._counts.read += len(piece.ids)
            share.sequence.held += len(piece.ids) - len(ahead)
            if piece.keep:
                self._go_on(share.sequence, logits, ahead)
        tokens = sum(len(piece.ids) for piece in pieces)
        for share in judging:
            if share.sequence.outcome is None:
                tokens += self._judge(share.sequence, share.tokens)
        return tokens

    def _go_on(self, sequence: Sequence, logits: NDArray[np.float32], ahead: tuple[int, ...]) -> None:
        """What the logits after all of a sequence's ids come to; (1 + proposals, vocabulary)."""
        request = sequence.request
        if isinstance(request, NextToken):
            following = log_softmax(logits[-1])
            following.flags.writeable = False
            self._end(sequence, RequestOutcome(Ending.DONE, following=following))
        elif isinstance(request, Score):
            first = log_softmax(logits[-1])
            for number, candidate in enumerate(request.candidates):
                counts = candidate and (request.judged is None or request.judged >= len(candidate))
                sequence.scores[number] = float(first[candidate[0]]) if counts else 0.0
            self._close_if_judged(sequence)
        else:
            self._write(sequence, request, logits, ahead)

    def _write(
        self, sequence: Sequence, request: Generate, logits: NDArray[np.float32], ahead: tuple[int, ...]
    ) -> None:
        """Take the tokens that the logits come to."""
        assert sequence.slot is not None
        room = min(sequence.most, self._runner.context_tokens) - len(sequence.ids)
        found = go_on(
            logits,
            ahead,
            sequence.written,
            request.sampling,
            sequence.randomness,
            room=room,
            constraint=request.constraint,
        )
        sequence.ids.extend(found.tokens)
        # The last id was chosen and not run, but where a stop follows it.
        sequence.held = len(sequence.ids) - (found.ending is not Ending.STOP)
        if ahead:
            self._runner.truncate(sequence.slot, sequence.held)
        self._counts.written += len(found.tokens)
        self._counts.proposed += len(ahead)
        self._counts.accepted += found.accepted
        for token in found.tokens:
            self._tell(sequence, token)
        if found.ending is not None:
            self._end(sequence, RequestOutcome(found.ending))

    def _judge(self, sequence: Sequence, room: int) -> int:
        """Run as many candidates as there is room for, one at least; returns how many ids that were."""
        assert isinstance(sequence.request, Score)
        assert sequence.slot is not None
        numbers, tokens = sequence.rows[:1], sequence.row_length(sequence.rows[0])
        for number in sequence.rows[1:]:
            if tokens + sequence.row_length(number) > room:
                break
            numbers.append(number)
            tokens += sequence.row_length(number)
        candidates = [sequence.request.candidates[number] for number in numbers]
        found = self._runner.branch(sequence.slot, [candidate[:-1] for candidate in candidates])
        for number, candidate, logits in zip(numbers, candidates, found, strict=True):
            judged = candidate[1:][-(sequence.request.judged or len(candidate)) :]
            sequence.scores[number] += likelihood(logits[len(logits) - len(judged) :], judged)
        del sequence.rows[: len(numbers)]
        self._close_if_judged(sequence)
        return tokens

    def _close_if_judged(self, sequence: Sequence) -> None:
        if not sequence.rows:
            self._end(sequence, RequestOutcome(Ending.DONE, scores=tuple(sequence.scores)))
