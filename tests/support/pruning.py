"""Pruning the change log by age, without the question."""

from mcc_cli.services.history import event_log


def prune(connection, seconds):
    """Delete the events older than this; their number."""
    return event_log.prune(connection, event_log.old_events(connection, seconds).last)
