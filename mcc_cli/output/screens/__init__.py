"""Screens for people: dashboard, top, tree and live tables."""
