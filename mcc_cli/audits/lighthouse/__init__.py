"""Lighthouse reports: what their parts mean."""
