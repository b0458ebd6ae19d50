"""Conversations: messages, owners, the queue for people, office hours, the archive. Writes no answers.

Whatever changes one is a function ``(rules, session, conversation, …)``: it writes the change and its event, and the
caller, who holds the lock, commits.
"""
