# rebinding.py ZONE CERTIFICATE KEY FILE=ADDRESS…: a name server at 127.0.0.1, and an HTTPS receiver
# at each ADDRESS, which writes a line to its FILE for each connection it accepts and each notice it
# is sent. Prints a line when all of them listen.
#
# The name server answers every query with the addresses that ZONE lists at that moment, in that
# order.
import ipaddress, json, pathlib, socketserver, ssl, struct, sys, threading
from http.server import BaseHTTPRequestHandler

HEADER = struct.Struct("!6H")  # id, flags, and how many questions, answers, authorities, additions
RECORD = struct.Struct("!HHHIH")  # name, type, class, time to live, length
QUESTION_NAME = 0xC000 | HEADER.size  # a pointer to the name that follows the header
ANSWER_FLAGS = 0x8580  # an authoritative response, recursion desired and available
TYPES = {4: 1, 6: 28}  # A and AAAA
INTERNET = 1

zone = pathlib.Path(sys.argv[1])
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2], sys.argv[3])


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        query, channel = self.request
        number = HEADER.unpack_from(query)[0]
        end = query.index(0, HEADER.size) + 5  # the root label, type and class
        asked = struct.unpack_from("!H", query, end - 4)[0]
        known = [ipaddress.ip_address(line) for line in zone.read_text().split()]
        answers = [address.packed for address in known if TYPES[address.version] == asked]
        reply = HEADER.pack(number, ANSWER_FLAGS, 1, len(answers), 0, 0) + query[HEADER.size : end]
        for packed in answers:
            reply += RECORD.pack(QUESTION_NAME, asked, INTERNET, 0, len(packed)) + packed
        channel.sendto(reply, self.client_address)


class Receiver(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, file, address):
        self.notes = pathlib.Path(file)
        self.notes.touch()
        super().__init__((address, 443), Notices)

    def note(self, line):
        with self.notes.open("a") as file:
            file.write(line + "\n")

    # Before TLS, and in the order of acceptance: when a client has its answer, all connections
    # before its own are recorded.
    def get_request(self):
        accepted = super().get_request()
        self.note("connected")
        return accepted

    def finish_request(self, request, client_address):
        try:
            with tls.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError as error:
            self.note(f"broken: {error}")


# Speaks HTTP/1.0, so that every notice takes a new connection.
class Notices(BaseHTTPRequestHandler):
    def do_POST(self):
        notice = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.note(f"{self.path} {notice['type']} {notice['subject']}")
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


servers = [socketserver.UDPServer(("127.0.0.1", 53), Names)]
servers += [Receiver(*argument.split("=")) for argument in sys.argv[4:]]
print("ready", flush=True)
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
