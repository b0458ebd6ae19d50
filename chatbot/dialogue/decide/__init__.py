"""Decide: answer, ask back, suggest or hand over, within the error budget. Finds and ranks nothing."""
