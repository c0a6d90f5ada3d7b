"""The Marketing Control Center for shell, cron and CI."""

__version__ = "0.1.0"
