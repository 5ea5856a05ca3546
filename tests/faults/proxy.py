"""A proxy that stands between Prefect's client and its server and answers some calls itself: 500, 429, 503."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Proxy:
    """Forwards HTTP to `target`; every `every`th call is answered with `status` instead. Listens on loopback."""

    def __init__(self, target: str, status: int, every: int) -> None:
        self.calls = self.refused = 0
        lock = threading.Lock()
        place = urlsplit(target)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                with lock:
                    proxy.calls += 1
                    refuse = proxy.calls % every == 0
                    proxy.refused += refuse
                if refuse:
                    self._answer(status, [], b"{}")
                    return
                onward = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
                try:
                    kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                    onward.request(self.command, self.path, body, kept)
                    answer = onward.getresponse()
                    self._answer(answer.status, answer.getheaders(), answer.read())
                except OSError:
                    self._answer(502, [], b"{}")
                finally:
                    onward.close()

            def _answer(self, code: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(code)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = forward

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
