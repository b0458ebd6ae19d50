"""Events to whoever listens, in this process and in others. Changes no conversation."""
