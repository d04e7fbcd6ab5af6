"""What `approvals doctor` looks at, a file for each noun. A check changes nothing, and no line shows a secret."""
