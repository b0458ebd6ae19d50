"""Tables and JSON of no known kind: what stands in them, what each column may be, and mappings that people keep."""
