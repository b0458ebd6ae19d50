"""Database, tables and queries: the only folder that knows SQL. It decides nothing about what it stores."""
