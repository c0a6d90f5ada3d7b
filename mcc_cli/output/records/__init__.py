"""Records as text: one renderer for every format."""
