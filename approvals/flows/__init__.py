"""The verbs: each opens short transactions through ports, asks the domain and applies what it answers."""
