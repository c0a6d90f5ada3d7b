"""The description of entities, and the tables and triggers generated from it."""
