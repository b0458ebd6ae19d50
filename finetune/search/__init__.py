"""Tries settings and sizes, each for a short while, and finds what learns best. Knows no desk."""
