"""Runs a GPT-2: token ids in, token ids and log-likelihoods out.

Nothing here imports torch until ``torch_runner`` is imported, so that the dialogue can name the protocol
without loading a model.
"""

from chatbot.engine.protocol import Generator, PromptTooLongError, Sampling, Stepper, never

__all__ = ["Generator", "PromptTooLongError", "Sampling", "Stepper", "never"]
