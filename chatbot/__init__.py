"""Floor 3: the application: dialogue, engine, service, storage, api and command line."""
