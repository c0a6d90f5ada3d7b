"""Following the change log: positions, the cursor and tail, notification, and delivery to sinks."""
