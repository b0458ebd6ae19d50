"""Conversations: messages, owners, the queue for people, office hours, the archive. Writes no answers.

Whatever changes one is a function ``(rules, session, conversation, …)``: it writes the change and its event in one
transaction. The caller holds the conversation's lock, commits, and then hands the hub what was written: routes in
``api/transport/transitions.py``, the bot in ``answering/bot.py``.
"""
