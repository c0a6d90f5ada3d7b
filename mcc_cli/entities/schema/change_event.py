"""What the change log and its readers agree on; the tables are in `change_log`.

A NOTIFY on `CHANNEL`, with an empty payload, announces new events. It is sent only while a session
holds the advisory lock `GATE` shared.
"""

CHANNEL = "mcc_events"
# Two halves of an advisory lock; those of imports have another first half.
# A writer tries the gate when it writes, and commits later. Who takes the gate must therefore look
# again, without a bell, until the transactions that were open at that moment have ended.
GATE = (0x6D636C, 0x6C6F67)
OPERATIONS = ("created", "updated", "deleted", "linked", "unlinked", "truncated", "finished")
MOST_ROWS = 1000  # of one event
