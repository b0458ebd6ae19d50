"""Floor 1: what a transcript is, how it gets in, what is masked. No models, no web."""
