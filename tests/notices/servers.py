"""Servers of this machine that take notices, well or badly; none reaches the network."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECRET = "T0p-s3cret-t0ken"


@dataclass
class Taken:
    """What a web server was sent."""

    address: str = ""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def web_server(*answers: int, elsewhere: str = "", slow: float = 0, drip: bool = False, tls: ssl.SSLContext | None = None) -> Iterator[Taken]:  # fmt: skip
    """Answer each post with the next of these numbers, the last for ever."""
    taken = Taken()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.paths.append(self.path)
            taken.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(slow)
            if drip:
                with suppress(OSError):
                    for letter in b"HTTP/1.1 200 " + b"O" * 200:
                        self.wfile.write(bytes([letter]))
                        time.sleep(0.05)
                return
            with suppress(OSError):
                self.send_response(answers[min(len(taken.bodies), len(answers)) - 1], SECRET)
                if elsewhere:
                    self.send_header("Location", elsewhere)
                self.end_headers()
                self.wfile.write(SECRET.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    scheme = "https" if tls else "http"
    taken.address = f"{scheme}://127.0.0.1:{server.server_port}/hooks/{SECRET}?key={SECRET}"
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for this machine that nobody has signed but itself, and its file."""
    key, made = folder / "key.pem", folder / "cert.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", str(key), "-out", str(made)]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context, made


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
