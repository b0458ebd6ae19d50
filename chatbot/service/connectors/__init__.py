"""Other help desks that are called from here: their tickets are read, and notes with suggestions written there."""
