"""Which rows and turns are worth keeping."""
