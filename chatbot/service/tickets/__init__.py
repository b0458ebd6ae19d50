"""Conversations as tickets: how another help desk brings, reads and changes them. Knows no HTTP and no help desk."""
