"""Human approvals for AWS Step Functions: a workflow waits, a person clicks, the workflow continues."""
