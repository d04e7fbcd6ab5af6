"""The doors: parse, call one verb on the Gateway, answer."""
