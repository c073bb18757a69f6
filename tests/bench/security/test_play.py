"""The harness finds each fault of the toy device, leaves nothing running, and reaches no other machine."""

import dataclasses
import datetime
import math
import os
import queue
import socket
import socketserver
import subprocess
import sys
import threading

import pytest

from twinbed.bench import Function, find, run_bench
from twinbed.bench.security import processes, toy_server
from twinbed.bench.security.codec import CODECS, Message
from twinbed.bench.security.mutate import fuzzed, malformed
from twinbed.bench.security.play import loopback, play
from twinbed.bench.security.scenarios import MOST_ALONE, SCENARIOS, frames
from twinbed.core.errors import NotFound, StudyError

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
MESSAGE = Message("000000000042", NOW, 12.375)


def played(scenario, fault="none", codec="line_json", reply_s=1.0):
    command = [sys.executable, "-I", "-S", toy_server.__file__, "--codec", codec, "--fault", fault]
    return play({"codec": codec, "scenario": scenario, "seed": 3, "reply_s": reply_s}, command=command)


@pytest.mark.parametrize("codec", list(CODECS))
def test_a_sound_device_takes_what_it_must_and_nothing_else(codec):
    for scenario in ("valid", "malformed", "replay", "time skew"):
        answer = played(scenario, codec=codec, reply_s=3.0)
        must = [s.must for s in frames(scenario, CODECS[codec], 3, NOW)]
        assert [got == 1.0 for got in answer["accepted"]] == must, scenario
        assert (answer["probe"], answer["ended"]) == (1.0, 0.0)


@pytest.mark.long
def test_each_fault_is_found_where_it_shows():
    assert played("malformed", "crash")["ended"] == 1.0
    assert played("malformed", "hang", reply_s=0.3)["probe"] == 0.0
    assert played("valid", "leak")["memory_mib"] > 1.5  # nine messages keep 0.25 MiB each
    assert abs(played("valid")["memory_mib"]) < 1.0
    assert played("replay", "trusting")["accepted"] == [1.0] * 6
    assert math.isnan(played("idle connections", "single", reply_s=0.3)["accepted"][0])
    assert played("idle connections")["accepted"] == [1.0]


def test_a_flood_is_answered_in_full():
    assert sum(played("flood", reply_s=5.0)["accepted"]) == 400


@pytest.mark.parametrize("host", ["192.168.0.7", "0.0.0.0", "8.8.8.8", "::", "example.org", "localhost.example.org"])
def test_other_machines_are_refused_before_anything_is_sent(host):
    with pytest.raises(StudyError, match="machine"):
        play({"codec": "line_json", "scenario": "valid", "seed": 1, "reply_s": 0.1}, port=9, host=host)


def test_this_machine_has_several_names():
    assert (loopback("localhost"), loopback("127.0.0.9"), loopback("::1")) == ("127.0.0.1", "127.0.0.9", "::1")


def test_a_device_that_runs_already_is_played_by_its_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)

        def answer():
            for _ in range(9):
                line, _ = server.accept()
                with line:
                    line.recv(4096)
                    line.sendall(b'{"status": "ok"}\n')

        thread = threading.Thread(target=answer)
        thread.start()
        found = play(
            {"codec": "line_json", "scenario": "valid", "seed": 1, "reply_s": 3.0}, port=server.getsockname()[1]
        )
        thread.join()
    assert found["accepted"] == [1.0] * 8
    assert found["probe"] == 1.0
    assert found["ended"] == 0.0
    assert abs(found["memory_mib"]) < 64.0  # of this process, which holds the port


LIVE = [sys.executable, "-I", "-S", toy_server.__file__, "--fault"]


@pytest.mark.parametrize(
    ("fault", "scenario", "ended", "grows"),
    [("none", "valid", 0.0, False), ("leak", "valid", 0.0, True), ("crash", "malformed", 1.0, None),
     ("hang", "malformed", 0.0, False)],
)  # fmt: skip
def test_a_device_that_the_harness_did_not_start_is_judged_by_its_port_and_its_process(fault, scenario, ended, grows):
    with subprocess.Popen([*LIVE, fault], stdout=subprocess.PIPE) as device:
        port = int(device.stdout.readline())
        found = play({"codec": "line_json", "scenario": scenario, "seed": 1, "reply_s": 0.5}, port=port)
        device.kill()
    assert found["ended"] == ended
    if grows is None:
        assert "memory_mib" not in found  # its process has ended, and with it what it held
    else:
        assert (found["memory_mib"] > 1.5) == grows


def test_memory_is_of_a_process_and_all_that_it_started(tmp_path):
    script = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=1); p.wait()"
    child = "import sys; held = bytearray(b'x') * 50_000_000; print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        parent.stdout.readline()
        assert processes.memory_mib(parent.pid) > 47.0
    assert math.isnan(processes.memory_mib(parent.pid))
    assert math.isnan(processes.memory_mib(None))


def test_a_port_on_which_nothing_listens_has_no_process():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert processes.listening(port) == os.getpid()
    assert processes.listening(port) is None


def test_what_is_withheld_of_a_device_that_ended_passes_nothing(tmp_path):
    protocol = find.protocol("security/robustness")
    first = dataclasses.replace(protocol, cases=lambda: list(protocol.cases())[:1])
    answer = {"accepted": [1.0] * 8, "probe": 1.0, "probe_s": 0.1}
    log = run_bench(first, Function(lambda stimulus: answer, "silent"), tmp_path)
    found = {v.criterion: v for v in log.verdicts}
    assert {found[name].outcome for name in ("crashes", "memory")} == {"not tested"}
    assert found["memory"].reason == "memory_mib withheld in 1 of 1 cases, such as valid-0"
    assert found["hangs"].outcome == "pass"


class _Silent(socketserver.ThreadingTCPServer):
    """Reads to the end and says nothing to any message."""

    daemon_threads, request_queue_size = True, 128

    def __init__(self):
        self.met = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Listens)


class _Listens(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.met.put(self.rfile.read())
        self.rfile.close()
        self.connection.recv(1)


@pytest.mark.long
def test_every_message_is_sent_also_to_a_device_that_is_silent():
    """Eighty, a valid one, and a look whether it still listens, though not one has a reply."""
    with _Silent() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        case = {"codec": "line_json", "scenario": "fuzz", "seed": 1, "reply_s": 0.05}
        found = play(case, port=server.server_address[1])
        met = [server.met.get(timeout=20.0) for _ in range(82)]
        server.shutdown()
        thread.join()
    assert len(set(met)) > 70
    assert len(found["accepted"]) == 80
    assert all(math.isnan(v) for v in found["accepted"])


def test_the_most_that_are_sent_alone_are_known_and_a_case_has_time_for_all():
    alone = [s for s in SCENARIOS if s not in ("flood", "idle connections")]
    most = max(len(frames(s, codec, 1, NOW)) for s in alone for codec in CODECS.values())
    assert most == MOST_ALONE
    assert find.protocol("security/robustness", reply_s=10.0).seconds_a_case > 2 * 10.0 * most


def test_messages_that_were_not_sent_are_not_counted_as_refused(tmp_path):
    protocol = find.protocol("security/robustness")
    first = dataclasses.replace(protocol, cases=lambda: [c for c in protocol.cases() if c.id == "fuzz-0"])
    answer = {"accepted": [0.0] * 6, "probe": 1.0, "probe_s": 0.1, "ended": 0.0, "memory_mib": 0.0}
    log = run_bench(first, Function(lambda stimulus: answer, "short"), tmp_path)
    assert "6 values; 80 messages are sent" in log.cases[0].failure
    assert {v.outcome for v in log.verdicts if v.limit is not None} == {"fail"}


def test_where_nothing_listens_nothing_is_accepted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = play({"codec": "line_json", "scenario": "valid", "seed": 1, "reply_s": 0.2}, port=port)
    assert all(math.isnan(v) for v in found["accepted"])
    assert found["probe"] == 0.0


def test_what_cannot_be_played_says_so():
    case = {"codec": "line_json", "scenario": "valid", "seed": 1, "reply_s": 0.2}
    with pytest.raises(StudyError, match="port of a device"):
        play(case)
    with pytest.raises(NotFound, match="cannot be started"):
        play(case, command=["/no/such/device"])
    with pytest.raises(NotFound, match="print the number of its port"):
        play(case, command=[sys.executable, "-c", "print('hello')"])
    with pytest.raises(NotFound, match="no codec"):
        play({**case, "codec": "morse"}, port=1)
    with pytest.raises(NotFound, match="no scenario"):
        frames("sing", CODECS["line_json"], 1, NOW)


def test_the_hl7_message_is_what_the_standard_says():
    wire = CODECS["hl7_mllp"].encode(MESSAGE)
    assert (wire[:1], wire[-3:]) == (b"\x0b", b"\r\x1c\r")
    segments = wire[1:-2].decode().split("\r")
    assert (
        segments[0] == "MSH|^~\\&|BENCH|TWINBED|DEVICE|SITE|20300101000000+0000||ORU^R01^ORU_R01|000000000042|P|2.5.1"
    )
    assert segments[3].split("|")[2:7] == ["NM", "RATE", "", "12.375", "mL/h"]
    accepts = CODECS["hl7_mllp"].accepted
    assert [accepts(b"MSH|x\rMSA|" + code + b"|1\r") for code in (b"AA", b"CA", b"AE", b"AR")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("name", list(CODECS))
def test_replies_are_cut_where_they_end(name):
    codec = CODECS[name]
    wire = codec.encode(MESSAGE)
    assert codec.cut(wire[:-2]) == (None, wire[:-2])
    reply, rest = codec.cut(wire + wire[:5])
    assert reply == wire[:-1] if name == "line_json" else reply == wire[1:-2]
    assert rest == wire[:5]


@pytest.mark.parametrize("name", list(CODECS))
def test_wrong_messages_differ_from_the_valid_one_and_repeat_by_seed(name):
    codec, valid = CODECS[name], CODECS[name].encode(MESSAGE)
    wrong = malformed(MESSAGE, codec)
    assert len(set(wrong.values())) == len(wrong)
    assert valid not in wrong.values()
    fuzz = [fuzzed(valid, codec, 7, k) for k in range(60)]
    assert fuzz == [fuzzed(valid, codec, 7, k) for k in range(60)]
    assert len(set(fuzz)) > 50
    assert sum(f == valid for f in fuzz) < 3


def test_every_scenario_sends_something():
    for scenario in SCENARIOS:
        sent = frames(scenario, CODECS["line_json"], 1, NOW)
        assert sent
        assert sent == frames(scenario, CODECS["line_json"], 1, NOW)
