"""People judge a sample of replies."""
