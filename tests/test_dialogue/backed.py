"""What backs the answers of a test: the passages that were found, each word looked up in all of them."""

from __future__ import annotations

from chatbot.dialogue.check.backing import Backing


def backed(hits, needed=1, **more):
    """Backing by the passages of some hits."""
    passages = [hit.passage for hit in hits]
    return Backing(passages, lambda text: passages, lambda word: True, needed, **more)
