"""Roles, replication, status, configuration and diagnosis."""
