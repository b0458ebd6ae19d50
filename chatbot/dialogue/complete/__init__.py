"""Complete: the rest of an agent's half-typed sentence, if it is sure enough. Answers no customer."""
