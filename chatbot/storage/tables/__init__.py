"""The tables: plain columns and keys that SQLite and PostgreSQL share; no relationships are walked.

A change here needs a migration; a test compares the two.
"""
