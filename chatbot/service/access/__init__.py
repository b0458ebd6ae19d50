"""Who may call, and how often: API keys, tokens, encrypted secrets, rate limits, idempotency keys. Knows no HTTP."""
