"""Floor 2: a GPT-2 that learns how this desk answers."""
