"""What every command shares: state, flags, output, confirmation, timeouts and failures."""
