"""The entities: one file with an SQLModel class each, and the catalog generated from them."""
