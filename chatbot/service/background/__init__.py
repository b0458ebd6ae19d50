"""What runs behind the requests: kept going, watched, and told of when it ended, fails or is stuck."""
