"""An HTTP server for tests of downloads: serves one body, and misbehaves as it is told."""

import re
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Serves `body` at any path, and keeps the requests it got."""

    def __init__(self, body):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.bodies = {}  # for some paths another one
        self.etag = None
        self.ranges = True
        self.statuses = []  # for the next requests, instead of the body; None serves it
        self.retry_after = "0"
        self.cuts = []  # for the next responses: bytes after which the connection is closed
        self.range_shift = 0
        self.content_range = True
        self.totals = []  # for the next ranges: the length that they state
        self.headers_seen = []
        self.paths = Counter()
        self.sent = 0

    def address(self, path="/disc.bin"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    @property
    def requests(self):
        return sum(self.paths.values())

    @property
    def ranges_seen(self):
        return [headers.get("Range") for headers in self.headers_seen]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.paths[self.path] += 1
        server.headers_seen.append(dict(self.headers))
        status = server.statuses.pop(0) if server.statuses else None
        if status:
            return self.refuse(status)
        body = server.bodies.get(self.path, server.body)
        start, stop = 0, len(body)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and server.ranges:
            start = int(asked[1])
            stop = min(len(body), int(asked[2]) + 1) if asked[2] else len(body)
            if start >= len(body):
                return self.refuse(416)
            self.send_response(206)
            shift = server.range_shift
            total = server.totals.pop(0) if server.totals else len(body)
            stated = f"bytes {start + shift}-{stop - 1 + shift}/{total}"
            if server.content_range:
                self.send_header("Content-Range", stated)
        else:
            self.send_response(200)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        if server.cuts and (cut := server.cuts.pop(0)) is not None:
            stop = min(stop, start + cut)
        try:
            for at in range(start, stop, 2**16):
                server.sent += self.wfile.write(body[at : min(stop, at + 2**16)])
        except ConnectionError:  # the client had enough
            self.close_connection = True

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serving(body):
    """A running server, stopped at the end of the block."""
    with Server(body) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
