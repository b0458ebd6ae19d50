"""The parts of the connector to mailboxes: names, letters, threads, what they say, and the two servers."""
