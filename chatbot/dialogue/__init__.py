"""From the words of a conversation to a checked answer or a hand-over: one file a step."""
