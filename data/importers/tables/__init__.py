"""Conversations out of rows and columns: CSV."""
