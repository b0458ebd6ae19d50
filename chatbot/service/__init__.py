"""What the running server does: conversations, events, answers, what serves. Knows no HTTP and writes no SQL."""
