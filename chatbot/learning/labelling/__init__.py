"""A sample of replies for people to judge."""
