"""What mcc does: plain functions of (connection, entity, values)."""
