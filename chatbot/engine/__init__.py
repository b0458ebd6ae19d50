"""Runs a GPT-2 for many callers at once: token ids in, token ids and log-likelihoods out.

``protocol`` is what may be asked; ``scheduler`` who runs; ``engine`` one step after the other; ``worker`` the thread;
``client`` how a waiting thread asks; ``runners`` what computes. Only runners import a runtime,
so that the dialogue can name the protocol without loading a model.
"""
