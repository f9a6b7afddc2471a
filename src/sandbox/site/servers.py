"""Stand-ins for the MySQL and RabbitMQ servers a site reaches: they listen and judge passwords, nothing else.

Usage: servers.py CREDENTIALS MYSQL_PORT RABBITMQ_PORT. CREDENTIALS is a JSON file, read anew for each login:
{"mysql": {"USER DATABASE": "password"}, "rabbitmq": {"USER VHOST": "password"}}; who is not in it may come in.
Protocol: the server says `STAND-IN KIND NONCE`, the client `LOGIN USER SPACE HMAC-SHA256(password, NONCE)`, the
server `OK` or `DENIED`. Nothing of a password is sent or logged.
"""

import hashlib
import hmac
import json
import secrets
import socketserver
import sys
import threading


class Login(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        nonce = secrets.token_hex(16)
        try:
            self.wfile.write(f"STAND-IN {self.server.kind} {nonce}\n".encode())
            words = self.rfile.readline(1024).decode("utf-8", "replace").split()
        except OSError:
            return
        if len(words) != 4 or words[0] != "LOGIN":
            return
        with open(self.server.credentials, encoding="utf-8") as file:
            known = json.load(file).get(self.server.kind, {}).get(f"{words[1]} {words[2]}")
        accepted = known is None or hmac.compare_digest(
            words[3], hmac.new(known.encode(), nonce.encode(), hashlib.sha256).hexdigest()
        )
        print(f"{self.server.kind}: {words[1]} at {words[2]}: {'ok' if accepted else 'denied'}", flush=True)
        try:
            self.wfile.write(b"OK\n" if accepted else b"DENIED\n")
        except OSError:
            return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, kind, port, credentials):
        self.kind, self.credentials = kind, credentials
        super().__init__(("0.0.0.0", port), Login)


def main():
    credentials, mysql, rabbitmq = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    other = Server("rabbitmq", rabbitmq, credentials)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    Server("mysql", mysql, credentials).serve_forever()


if __name__ == "__main__":
    main()
