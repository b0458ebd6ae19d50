"""Names of what a request's scope and a response's headers carry between the middleware and the routes."""

from __future__ import annotations

FRAMED_BY = "X-Framed-By"
"""What this page tells the edge, which writes the policy and takes the header away."""
