"""The change log and the run log."""
