"""What a model has learnt, and what it remembers that it should not."""
