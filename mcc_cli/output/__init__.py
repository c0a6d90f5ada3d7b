"""How records are written: one renderer for every format."""
