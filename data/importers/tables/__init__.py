"""Conversations out of rows and columns: CSV, Excel, Parquet."""
