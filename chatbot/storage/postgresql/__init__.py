"""What is PostgreSQL's alone: LISTEN and NOTIFY."""
