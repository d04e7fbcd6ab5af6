"""Run the command `approvals` as `python -m approvals`."""

from approvals.entrypoints.cli.main import main

main()
