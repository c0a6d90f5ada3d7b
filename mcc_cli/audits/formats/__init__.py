"""One module for each format: see `audits.detect` for what a module has to have."""
