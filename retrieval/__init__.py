"""Floor 2: finds the past answers and articles that solve a question."""
