"""Answers for customers, agents and batches. Knows when and for whom, not how."""
