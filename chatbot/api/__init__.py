"""HTTP: schemas, dependencies and one module a domain of routes."""
