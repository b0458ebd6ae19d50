"""Statements, one module a domain. Commits nothing."""
