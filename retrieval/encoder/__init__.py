"""Texts to vectors, and the vectors that were computed before."""
