"""The schema's revisions, oldest first; a test holds them against the migrations folder."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
