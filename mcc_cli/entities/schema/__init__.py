"""How entities are described, and the tables and triggers that are made from them."""
