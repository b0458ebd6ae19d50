"""SQLite alone: its connection, group commit, sessions."""
