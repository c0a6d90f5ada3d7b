"""What can be wrong with a database that mcc uses, found by looking, each with its remedy."""
