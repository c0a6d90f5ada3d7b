"""The 24 entities: one SQLModel class each, and the catalog generated from them."""
