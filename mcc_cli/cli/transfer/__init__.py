"""Commands that move files in and out: import, export, seed, quickstart."""
