"""`python -m approvals` is the command `approvals`."""

from approvals.entrypoints.cli import main

main()
