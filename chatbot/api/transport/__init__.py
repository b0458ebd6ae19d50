"""What every route shares of HTTP: dependencies, middleware, problems, streams. Has no routes."""
