"""Past questions played with what serves now: figures, page, gate."""
