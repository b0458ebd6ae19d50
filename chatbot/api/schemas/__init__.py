"""The shapes of requests and responses, one module a group of routes."""
