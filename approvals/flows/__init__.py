"""The flows: each opens short transactions through ports, lets the domain decide, and applies the change."""
