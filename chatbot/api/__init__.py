"""HTTP: one module a domain of routes, with the shapes and the transport that they share. Decides nothing.

Modules of one domain have its word on every floor: ``api/visitor/feedback.py`` has the routes over
``service/conversations/feedback.py``, ``api/schemas/openai.py`` the shapes of ``api/integration/openai.py``.
"""
