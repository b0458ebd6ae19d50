"""Check: what may not be sent, one module a subject. Sees texts and their evidence, no index and no model."""
