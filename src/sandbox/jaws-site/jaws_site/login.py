"""Login to the sandbox's stand-in servers: proves that the password arrived unchanged, without sending it."""

import hashlib
import hmac
import socket

DEFAULT_PORTS = {"mysql": 3306, "rabbitmq": 5672}


class Denied(Exception):
    """The server knows the user and refuses this password."""


def log_in(kind, section, stop):
    """Raises Denied for a refused login and OSError when the server cannot be used (yet)."""
    host, port = section.get("host", "localhost"), int(section.get("port") or DEFAULT_PORTS[kind])
    user = section.get("user", "jaws")
    space = section.get("db") or section.get("vhost", "")
    with socket.create_connection((host, port), timeout=5) as connection:
        lines = connection.makefile("rw", encoding="utf-8", newline="\n")
        greeting = lines.readline().split()
        if len(greeting) != 3 or greeting[0] != "STAND-IN":
            raise OSError("not a stand-in server")
        proof = hmac.new(section.get("password", "").encode(), greeting[2].encode(), hashlib.sha256)
        lines.write(f"LOGIN {user} {space or '-'} {proof.hexdigest()}\n")
        lines.flush()
        answer = lines.readline().strip()
    if answer == "DENIED":
        raise Denied(f"{kind} at {host}:{port}: access denied for user {user}")
    if answer != "OK" and not stop.is_set():
        raise OSError(f"unexpected answer {answer!r}")
