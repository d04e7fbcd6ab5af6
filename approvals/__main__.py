"""`python -m approvals` is the command `approvals`."""

from approvals.entrypoints.cli.main import main

main()
