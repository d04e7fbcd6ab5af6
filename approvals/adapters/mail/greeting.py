"""How a mail server begins: with TLS, or with a greeting in clear text."""

import socket
import ssl

SECONDS = 3.0


def greets_in_clear(host: str, port: int) -> bool:
    """Return whether the server greets without TLS, as one for STARTTLS does."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False


def speaks_tls(host: str, port: int) -> bool:
    """Return whether the server answers to TLS at once, as one for smtps does, with any certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host),
        ):
            return True
    except OSError:
        return False
