"""Tables and JSON of no known kind."""
