"""Connections: opening, pooling, replicas, sessions and TLS."""
