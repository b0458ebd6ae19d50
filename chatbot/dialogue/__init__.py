"""Answers a message: from the words of a conversation to a checked reply or a hand-over, one file or folder a step."""
