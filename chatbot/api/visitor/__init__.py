"""Routes for customers, by visitor token."""
