"""Output for programs: logs, metrics and SARIF."""
