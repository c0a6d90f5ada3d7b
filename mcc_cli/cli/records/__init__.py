"""The verbs for the rows of an entity: list, show, exists, describe, create, update, delete."""
