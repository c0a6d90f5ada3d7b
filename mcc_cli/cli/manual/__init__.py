"""The manual, written from the commands themselves: `python -m mcc_cli.cli.manual`."""
