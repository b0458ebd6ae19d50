"""What was suggested to people for a conversation of this desk, what they did with it, and what was sent instead."""
