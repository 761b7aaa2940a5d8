"""An HTTP server for tests of downloads: serves one body, and misbehaves as it is told."""

import re
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Serves `body` at any path, and keeps the requests it got."""

    def __init__(self, body):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.bodies = {}  # for some paths another one
        self.ranges = True
        self.statuses = []  # for the next requests, instead of the body; None serves it
        self.retry_after = "0"
        self.cuts = []  # for the next responses: bytes after which the connection is closed
        self.range_shift = 0
        self.content_range = True
        self.totals = []  # for the next ranges: the length that they state
        self.scripts = []  # for the next requests: what writes the whole answer, head and all
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
        if server.scripts and (script := server.scripts.pop(0)) is not None:
            self.close_connection = True
            with suppress(OSError):  # the client had enough
                script(self.send)
            return
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
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        if server.cuts and (cut := server.cuts.pop(0)) is not None:
            stop = min(stop, start + cut)
        try:
            for at in range(start, stop, 2**16):
                self.send(body[at : min(stop, at + 2**16)])
        except ConnectionError:  # the client had enough
            self.close_connection = True

    def send(self, content):
        self.server.sent += self.wfile.write(content)

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


def answer(head, *content, status="HTTP/1.1 200 OK"):
    """A script that sends this status line, these lines of a head, and pieces of a body."""

    def script(send):
        send("\r\n".join([status, *head, "", ""]).encode("latin-1"))
        for piece in content:
            send(piece)

    return script


def dripping(start, drop, drops=200):
    """A script that sends a beginning and then one drop every 20 ms."""

    def script(send):
        send(start)
        for _ in range(drops):
            send(drop)
            time.sleep(0.02)

    return script


def endless(*head):
    """A script whose body is 1 GiB."""
    return answer(head, *[bytes(2**16)] * 2**14)
