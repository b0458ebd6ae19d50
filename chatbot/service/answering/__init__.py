"""When and for whom the bot answers: the queue, its leases, batches. Knows not how an answer is made."""
