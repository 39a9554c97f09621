# SPDX-FileCopyrightText: dfxkit contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An HTTP server for the tests of remote stores: files in a directory, as much of HTTP and WebDAV as asked for, and faults on demand.

usage: store.py ROOT [--conditional] [--dav] [--overwrite-anyway] [--user NAME:PASSWORD] [--token TOKEN] [--tls PEM]

Prints its port. POST /__fault {"method","match","kind","count"} arms a fault for the next `count` requests of that method whose path holds `match`:
  500, 403        that answer
  cut             half of the body is sent or kept, then the connection is closed
  short           a GET answers with half of the body as if that were all
  corrupt         one byte is changed on the way
  norange         a Range header is ignored
  slow            three seconds of silence first
GET /__log gives one line a request: method, path, Range header, status.
"""
import base64
import json
import os
import shutil
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.realpath(sys.argv[1])
FLAGS = sys.argv[2:]
DAV = "--dav" in FLAGS
CONDITIONAL = "--conditional" in FLAGS
LOCK = threading.Lock()
FAULTS = []
LOG = []


def flag(name):
    return FLAGS[FLAGS.index(name) + 1] if name in FLAGS else None


AUTH = None
if flag("--user"):
    AUTH = "Basic " + base64.b64encode(flag("--user").encode()).decode()
if flag("--token"):
    AUTH = "Bearer " + flag("--token")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def place(self, url=None):
        path = urllib.parse.unquote(urllib.parse.urlsplit(url or self.path).path)
        place = os.path.realpath(os.path.join(ROOT, path.strip("/")))
        assert place.startswith(ROOT)
        return place

    def answer(self, status, body=b"", headers=(), length=None):
        with LOCK:
            LOG.append(f"{self.command} {self.path} {self.headers.get('Range', '-')} {status}")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fault(self):
        with LOCK:
            for fault in FAULTS:
                if fault["count"] > 0 and fault["method"] == self.command and fault["match"] in self.path:
                    fault["count"] -= 1
                    return fault["kind"]
        return None

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def begin(self):
        """True when the request is answered already."""
        self.kind = self.fault()
        if self.kind == "slow":
            time.sleep(3)
        if AUTH and self.headers.get("Authorization") != AUTH:
            self.body()
            self.answer(401, b"who are you?", [("WWW-Authenticate", "Basic")])
            return True
        if self.kind in ("500", "403"):
            self.body()
            self.answer(int(self.kind), b"armed")
            return True
        return False

    def hang_up(self):
        self.close_connection = True
        self.connection.close()

    def do_POST(self):
        if self.path == "/__fault":
            with LOCK:
                FAULTS.append(json.loads(self.body()))
            self.answer(204)
        else:
            self.answer(405)

    def do_GET(self):
        if self.path == "/__log":
            with LOCK:
                text = "\n".join(LOG)
            return self.answer(200, text.encode())
        if self.begin():
            return
        place = self.place()
        if not os.path.isfile(place):
            return self.answer(404)
        with open(place, "rb") as file:
            content = file.read()
        status, headers = 200, [("Accept-Ranges", "bytes"), ("ETag", f'"{len(content)}"'), ("Last-Modified", self.date_time_string())]
        wanted = self.headers.get("Range")
        if wanted and self.kind != "norange" and self.command == "GET":
            start = int(wanted.split("=")[1].split("-")[0])
            if start >= len(content):
                return self.answer(416)
            status = 206
            headers.append(("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"))
            content = content[start:]
        if self.command == "HEAD":
            return self.answer(status, b"", headers, len(content))
        if self.kind == "corrupt" and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        if self.kind == "short":
            content = content[: len(content) // 2]
        if self.kind == "cut":
            self.answer(status, content[: len(content) // 2], headers, len(content))
            return self.hang_up()
        self.answer(status, content, headers)

    do_HEAD = do_GET

    def do_PUT(self):
        if self.begin():
            return
        place = self.place()
        if DAV and not os.path.isdir(os.path.dirname(place)):
            self.body()
            return self.answer(409)
        length = int(self.headers.get("Content-Length", 0))
        if self.kind == "cut":
            content = self.rfile.read(length // 2)
        else:
            content = self.rfile.read(length)
            if len(content) < length:
                return self.hang_up()
        if self.kind == "corrupt" and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        only_new = CONDITIONAL and self.headers.get("If-None-Match") == "*"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        temp = f"{place}.{threading.get_ident()}~"
        with open(temp, "wb") as file:
            file.write(content)
        if only_new:
            try:
                os.link(temp, place)
            except FileExistsError:
                return self.answer(412)
            finally:
                os.unlink(temp)
        else:
            os.replace(temp, place)
        if self.kind == "cut":
            return self.hang_up()
        self.answer(201, headers=[("ETag", f'"{len(content)}"'), ("Last-Modified", self.date_time_string())])

    def no_dav(self):
        if self.begin():
            return True
        if not DAV:
            self.body()
            self.answer(405)
            return True
        return False

    def do_MKCOL(self):
        if self.no_dav():
            return
        try:
            os.mkdir(self.place())
            self.answer(201)
        except FileExistsError:
            self.answer(405)
        except FileNotFoundError:
            self.answer(409)

    def do_MOVE(self):
        if self.no_dav():
            return
        source, target = self.place(), self.place(self.headers["Destination"])
        # As servers on file systems do: a look, a pause for the race, a rename.
        if self.headers.get("Overwrite") == "F" and "--overwrite-anyway" not in FLAGS:
            if os.path.exists(target):
                return self.answer(412)
            time.sleep(0.05)
        if not os.path.isdir(os.path.dirname(target)):
            return self.answer(409)
        try:
            if "--overwrite-anyway" in FLAGS and os.path.isdir(target):
                shutil.rmtree(target)
            os.rename(source, target)
            self.answer(201)
        except OSError as error:
            self.answer(500, str(error).encode())

    def do_DELETE(self):
        if self.no_dav():
            return
        place = self.place()
        if os.path.isdir(place):
            shutil.rmtree(place)
        elif os.path.exists(place):
            os.unlink(place)
        else:
            return self.answer(404)
        self.answer(204)

    def do_PROPFIND(self):
        if self.no_dav():
            return
        self.body()
        place = self.place()
        if not os.path.isdir(place):
            return self.answer(404)
        base = urllib.parse.urlsplit(self.path).path.rstrip("/") + "/"
        hrefs = [base] + [base + urllib.parse.quote(n) for n in os.listdir(place)]
        items = "".join(f"<D:response><D:href>{h}</D:href></D:response>" for h in hrefs)
        body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{items}</D:multistatus>'
        self.answer(207, body.encode(), [("Content-Type", "application/xml")])


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if flag("--tls"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(flag("--tls"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
