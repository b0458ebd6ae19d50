"""Webhooks: other systems are told of what happens, at least once, in order per conversation; never a customer's words.

What happens is read from the desk's feed (ADR 43); no other room knows that anybody is told.
"""
