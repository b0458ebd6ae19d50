"""How a desk does: figures of a period, reckoned from what happened, and people's word on a sample of answers."""
