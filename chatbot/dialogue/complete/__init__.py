"""Complete: the likely rest of an agent's half-typed sentence. Answers no customer."""
