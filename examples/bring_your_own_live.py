"""A device that stays alive between cases: one line of JSON in, one line out, on a port of this machine.

python3 examples/bring_your_own_live.py 6000
twinbed bench run ecg/noise_stress --device live:127.0.0.1:6000
"""

import json
import socketserver
import sys

from bring_your_own_detector import detect


class Device(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            asked = json.loads(line)
            answer = {"beats": detect(asked["stimulus"])["beats"].tolist()}
            self.wfile.write(json.dumps({"number": asked["number"], "answer": answer}).encode() + b"\n")


with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Device) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
