"""Routes for other systems, by API key."""
