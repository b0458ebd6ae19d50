"""What a conversation is about: labels, learnt from what the desk's people called past ones."""
