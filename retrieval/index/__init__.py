"""An index version on disk and what has changed since, as one consistent view."""
