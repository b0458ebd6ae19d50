"""The one guarded door for requests to other servers; knows nothing of what is asked for or told there."""
