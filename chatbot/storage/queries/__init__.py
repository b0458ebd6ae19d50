"""Queries, one module a subject. They decide nothing and commit nothing: the caller has the transaction."""
