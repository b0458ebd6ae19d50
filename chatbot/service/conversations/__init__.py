"""Conversations: messages, owners, the queue for people, office hours, the archive. Writes no answers."""
