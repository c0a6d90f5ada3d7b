"""Rows of entities: query, resolve, check, write and delete them."""
