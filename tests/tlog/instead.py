"""instead.py URL CA FOLDER: serves what URL serves, and where FOLDER has a file of that path, the file.

It prints its own URL, on loopback, and ends when it is told to.
"""

import http.server
import pathlib
import ssl
import sys
import urllib.error
import urllib.request

url, ca, folder = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)


class Instead(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        file = pathlib.Path(folder + self.path)
        if file.is_file():
            self.answer(200, file.read_bytes())
            return
        request = urllib.request.Request(url + self.path)
        if "Authorization" in self.headers:
            request.add_header("Authorization", self.headers["Authorization"])
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as got:
                self.answer(got.status, got.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # fsck leaves in the middle of an answer as soon as it has found a fault.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Instead)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
