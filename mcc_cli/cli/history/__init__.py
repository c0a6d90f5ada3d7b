"""Commands for the logs: events and runs."""
