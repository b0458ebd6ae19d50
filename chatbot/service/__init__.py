"""What the application does: conversations, events, answering, learning."""
