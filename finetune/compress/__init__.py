"""Smaller weights for serving."""
