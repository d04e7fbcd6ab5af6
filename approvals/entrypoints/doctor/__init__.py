"""The checks of `approvals doctor`, one module for each subject. A check changes nothing and shows no secret."""
