"""Past questions asked again as they were asked then, and what is needed for it."""
