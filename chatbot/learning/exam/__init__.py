"""The exam: a desk asked the questions of a file, and graded by what the file says a good answer holds."""
