"""Following the change log: where a reader stands, what comes next, and being told that it came."""
