"""The entry points: parse, call one verb on the Gateway, answer."""
