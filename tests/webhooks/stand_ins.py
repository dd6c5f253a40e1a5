# stand_ins.py FOLDER: stands in for Slack, PagerDuty, Teams and a mail relay. Writes each body that is
# posted to /NAME into FOLDER/NAME, one a line, and each mail into FOLDER/mail; the first request to each
# name is refused. Prints its two ports, of HTTP and of mail.
import json, pathlib, socketserver, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = pathlib.Path(sys.argv[1])
seen = set()


def keep(name, line):
    with open(folder / name, "a") as file:
        file.write(line + "\n")


class Posts(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        first = self.path not in seen
        seen.add(self.path)
        if not first:
            keep(self.path[1:], json.dumps(body))
        self.send_response(500 if first else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 relay")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.say("354 go on")
                text = []
                for part in self.rfile:
                    if part.strip() == b".":
                        break
                    text.append(part.decode().strip())
                keep("mail", json.dumps(text))
            if word == b"QUIT":
                return self.say("221 bye")
            self.say("250 good")

    def say(self, text):
        self.wfile.write((text + "\r\n").encode())


posts = ThreadingHTTPServer(("127.0.0.1", 0), Posts)
mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
print(posts.server_port, mail.server_address[1], flush=True)
threading.Thread(target=mail.serve_forever, daemon=True).start()
posts.serve_forever()
