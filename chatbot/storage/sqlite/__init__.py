"""What is SQLite's alone: its connection, shared commits, point reads."""
