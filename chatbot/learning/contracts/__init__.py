"""Contracts: what a desk promises of its answers, fitted on its own past, measured, and kept as a version."""
