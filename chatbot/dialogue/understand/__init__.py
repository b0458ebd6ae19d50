"""Understands what is asked: a follow-up in its dialogue, several questions in one message. Knows words and no index.

Everything that is not certain stays as the customer wrote it: a question loses no words here that it needs to be found.
"""
