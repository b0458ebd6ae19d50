"""Who is writing, who vouches for them, and from which page."""
