"""Training moments said in other words: the customer's alone, never the answer's, never what the answer relies on.

One module a technique, each with its reference; ``augmented.py`` draws among them, ``hardened.py`` makes held-out
moments harder. Knows moments and texts: no model that is trained, no retrieval.
"""
