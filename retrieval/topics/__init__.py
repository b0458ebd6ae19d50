"""What customers ask about: found, named, kept across runs."""
