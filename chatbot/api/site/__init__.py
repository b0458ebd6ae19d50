"""Files for browsers, and the health of the server. Knows no conversation."""
