"""Peers: products that keep a human decision durable, measured beside us in the same rounds."""
