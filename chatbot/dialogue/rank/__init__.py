"""Rank: an order of candidates and one calibrated probability for each. Decides nothing."""
