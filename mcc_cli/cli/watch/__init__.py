"""`mcc watch`: follow changes as they happen."""
