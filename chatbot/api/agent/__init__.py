"""Routes for the people of the desk."""
