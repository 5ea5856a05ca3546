"""The dashboard on loopback, read anew from the store while somebody looks at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from copydesk.errors import CopydeskError
from copydesk.visible import visible

HOST = "127.0.0.1"
_TYPES = {"/": "text/html", "/index.html": "text/html", "/dashboard.json": "application/json"}
_FILES = {"/": "index.html", "/index.html": "index.html", "/dashboard.json": "dashboard.json"}

MakeFiles = Callable[[], dict[str, str]]


class DashboardServer(ThreadingHTTPServer):
    """Serves two files from memory, made again when they are older than `refresh_seconds`; nothing from the disk.

    Binds to loopback only, and answers only who asks for it by a loopback name: a web page elsewhere whose name is
    bent to this address (DNS rebinding) gets nothing. Raises OSError when the port is taken; port 0 finds a free one.
    """

    daemon_threads = True

    def __init__(self, make_files: MakeFiles, port: int = 0, refresh_seconds: float = 10.0) -> None:
        super().__init__((HOST, port), _Handler)
        self._make_files = make_files
        self._refresh_seconds = refresh_seconds
        self._files: dict[str, str] = {}
        self._made = float("-inf")
        self._lock = Lock()

    @property
    def address(self) -> str:
        """Where it can be looked at."""
        return f"http://{HOST}:{self.server_port}/"

    def files(self) -> dict[str, str]:
        """The files, not older than they may be. Raises what making them raises."""
        with self._lock:
            if time.monotonic() - self._made >= self._refresh_seconds:
                self._files = self._make_files()
                self._made = time.monotonic()
            return self._files


class _Handler(BaseHTTPRequestHandler):
    server: DashboardServer
    server_version = "copydesk"
    sys_version = ""

    def do_GET(self) -> None:
        port = self.server.server_port
        if self.headers.get("Host", "") not in (f"{HOST}:{port}", f"localhost:{port}"):
            return self._answer(403, "text/plain", "This page is for this machine only.\n")
        path = self.path.partition("?")[0]
        if path not in _FILES:
            return self._answer(404, "text/plain", "There is no such page.\n")
        try:
            text = self.server.files()[_FILES[path]]
        except CopydeskError as error:
            return self._answer(503, "text/plain", f"The store cannot be read: {visible(str(error))}\n")
        return self._answer(200, _TYPES[path], text)

    do_HEAD = do_GET

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a page that reloads itself would fill the terminal."""
