"""Files for browsers, and whether the server is well."""
