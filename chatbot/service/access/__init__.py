"""Who may call: API keys, tokens, encrypted secrets, rate limits."""
