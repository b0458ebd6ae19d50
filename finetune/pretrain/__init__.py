"""The base that ships: its data, its training, how it was widened."""
