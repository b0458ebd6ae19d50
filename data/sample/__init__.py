"""The sample desk: Kettle & Otter, a shop that does not exist, with its help articles and past conversations.

Where the files lie, and nothing else; ``README.md`` is the data card, ``generate.py`` makes the generated part.
"""

from __future__ import annotations

from pathlib import Path

SHOP_NAME = "Kettle & Otter"
SHOP_DOMAIN = "kettleandotter.example"
OWN_CONTACTS = (f"@{SHOP_DOMAIN}", "+44 20 7946 0142", "12 Ferry Lane")  # public, so masking may leave them as they are

SAMPLE_FOLDER = Path(__file__).parent
ARTICLES = SAMPLE_FOLDER / "articles"
TRANSCRIPTS = SAMPLE_FOLDER / "transcripts.jsonl"
GENERATED = SAMPLE_FOLDER / "generated.jsonl"
QUESTIONS = SAMPLE_FOLDER / "questions.jsonl"
EXAM = SAMPLE_FOLDER / "exam.jsonl"
EXAM_KEPT = SAMPLE_FOLDER / "exam_kept.jsonl"  # never looked at while building: for a measurement only
ATTACKS = SAMPLE_FOLDER / "attacks.jsonl"
PLANTED = SAMPLE_FOLDER / "planted.jsonl"
QUEUE = SAMPLE_FOLDER / "queue.jsonl"  # conversations that a demo begins with, a list of acts each
INTENTS = SAMPLE_FOLDER / "intents"
VECTORS = SAMPLE_FOLDER / "vectors"  # of the default encoder, in the layout of a home's `embeddings`
TRAINED = SAMPLE_FOLDER / "trained"  # what the shop has learnt (chatbot/learning/sample_shop.py)

SUGGESTED_QUESTIONS = (
    "How much is delivery to Germany?",
    "My Heron kettle shows E1. What now?",
    "How do I return something?",
    "How do I pause my Bean Post?",
)
