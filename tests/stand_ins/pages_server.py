"""Pages over real HTTP on loopback, with the headers that the service sends, in a thread of its own."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from coderev.server.app import HEADERS
from coderev.server.pages.frame import ASSETS, asset

Answer = Callable[[Mapping[str, str]], str]  # from the query


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, answers: Mapping[str, Answer], headers: Mapping[str, str], *rest: object) -> None:
        self.answers, self.sends = answers, headers
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        name = address.path.rpartition("/")[2]
        if address.path.startswith("/assets/") and name in ASSETS:
            self._send(200, asset(name), ASSETS[name])
            return
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        if name == "events":
            self._send(204, b"", "text/event-stream")  # there is nothing to follow, and no need to ask again
            return
        answer = self.answers.get(self.path) or self.answers.get(address.path)
        if answer is None:
            self._send(404, b"", "text/plain")
        else:
            self._send(200, answer(query).encode(), "text/html")

    def _send(self, status: int, body: bytes, media: str) -> None:
        self.send_response(status)
        for name, value in {**self.sends, "Content-Type": f"{media}; charset=utf-8"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@contextmanager
def pages_server(answers: Mapping[str, Answer], headers: Mapping[str, str] = HEADERS) -> Iterator[str]:
    """Serve pages by their addresses; yields the address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Request, answers, headers))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
