"""The application: command line, messages, store, and the roles that run the tiers."""
