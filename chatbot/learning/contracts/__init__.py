"""What a desk promises: made of its own past, measured, kept as a version."""
