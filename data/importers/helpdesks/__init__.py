"""Exports of help desks and chat tools, a module a tool: what each calls a message. How they are read stands once."""
