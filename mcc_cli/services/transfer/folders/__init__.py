"""A folder with a file for each entity: how it is found, exported and imported."""
