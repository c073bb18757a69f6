"""A device that stays alive between cases may answer, hang, crash or talk nonsense; the bench goes on."""

import json
import pathlib
import socket
import socketserver
import subprocess
import sys
import threading

import pytest

from tests.bench import toy
from twinbed.bench import find, run_bench
from twinbed.bench.jobs import play_ahead
from twinbed.bench.live import NO_FINGERPRINT, LivePort, LiveProgram
from twinbed.core.errors import NotFound, ReadError, StudyError

EXAMPLES = pathlib.Path(toy.__file__).parents[2] / "examples"


class Peer(socketserver.ThreadingTCPServer):
    """A thermometer on a port, which is good but where `odd` says what it does to a reply."""

    daemon_threads = True

    def __init__(self, odd):
        self.odd, self.met, self.hanging = odd, [], threading.Event()
        super().__init__(("127.0.0.1", 0), Talk)

    @property
    def name(self):
        return f"live:127.0.0.1:{self.server_address[1]}"


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.met.append("connection")
        for line in self.rfile:
            asked = json.loads(line)
            bath = asked["stimulus"]["wave"][0]
            self.server.met.append(bath)
            good = {"number": asked["number"], "answer": toy.good(asked["stimulus"]), "output": f"bath {bath:g}"}
            reply = self.server.odd(good) if bath == 36.0 else json.dumps(good).encode() + b"\n"
            if reply is None:
                return
            if reply == b"hang":
                self.server.hanging.wait()
                return
            self.wfile.write(reply)


@pytest.fixture
def peer():
    """Starts peers, and ends them."""
    started = []

    def start(odd):
        server = Peer(odd)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.hanging.set()
        server.shutdown()
        server.server_close()
        thread.join()


def lines(value):
    return json.dumps(value).encode() + b"\n"


def test_a_good_peer_answers_all_cases_on_one_connection_and_its_output_is_kept(tmp_path, peer):
    server = peer(lines)
    device = find.device(server.name, toy.protocol())
    log = run_bench(toy.protocol(), device, tmp_path)
    assert [v.outcome for v in log.verdicts] == ["pass", "pass"]
    assert server.met == ["connection", 35.0, 36.0, 37.0, 39.0, 41.0]
    assert [c.output for c in log.cases][:2] == ["bath 35", "bath 36"]
    assert log.device == {"kind": "live", "name": server.name, "fingerprint": NO_FINGERPRINT}


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (lambda good: b"hang", "no answer within 1 s"),
        (lambda good: None, "closed the line without an answer"),
        (lambda good: b'{"number": 2, "ans', "no answer within 1 s"),
        (lambda good: b"thirty-six\n", "no JSON"),
        (lambda good: b"\xff\xfe\n", "no JSON"),
        (lambda good: b"[" * 100_000 + b"\n", "no JSON"),
        (lambda good: b"[36]\n", '"answer": {...}'),
        (lambda good: lines({"number": 2, "answer": [36]}), '"answer": {...}'),
        (lambda good: lines({**good, "number": 1}), "answered number 1 when 2 was asked"),
        (lambda good: lines(good) + lines(good), "more than one line"),
        (lambda good: lines({**good, "answer": {"temperature": "warm"}}), "no number"),
        (lambda good: lines({**good, "answer": {}}), "no 'temperature'"),
    ],
)
def test_a_peer_that_fails_in_one_case_is_met_anew_in_the_next(tmp_path, peer, odd, words):
    server = peer(odd)
    log = run_bench(toy.protocol(seconds=1.0 if "within" in words else 20.0), LivePort(server.name), tmp_path)
    assert [bool(c.failure) for c in log.cases] == [False, True, False, False, False]
    assert words in log.cases[1].failure
    again = "'temperature'" not in words and "no number" not in words  # what is said was understood, but of no use
    assert server.met.count("connection") == 1 + again


def test_what_a_peer_says_unasked_is_no_answer(tmp_path, peer):
    """It sends the answer to the next case in advance: that line is closed, and the case asked on another."""
    server = peer(lambda good: lines(good))
    device = LivePort(server.name)
    cases = list(toy.cases())
    assert device.ask(cases[0], 20.0).answer == {"temperature": 35.1}
    ours = device._line
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        talker, _ = listener.accept()
    talker.sendall(lines({"number": 2, "answer": {"temperature": 99.0}}))
    device._line = theirs
    assert device.ask(cases[1], 20.0).answer == {"temperature": 36.1}
    device.close()
    ours.close()
    talker.close()


def test_a_peer_that_is_gone_fails_every_case_and_one_that_is_not_there_is_refused(tmp_path, peer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"live:127.0.0.1:{server.getsockname()[1]}"
        device = LivePort(name)
    log = run_bench(toy.protocol(), device, tmp_path)
    assert all("the connection failed" in c.failure or "closed" in c.failure for c in log.cases)
    with pytest.raises(NotFound, match="start the device"):
        LivePort(name)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("live:127.0.0.1", NotFound, "names no port"),
        ("live:127.0.0.1:0", NotFound, "names no port"),
        ("live:127.0.0.1:99999", NotFound, "names no port"),
        ("live:192.168.0.7:6000", StudyError, "another machine"),
        ("live:example.org:6000", StudyError, "no address of this machine"),
    ],
)
def test_only_a_port_of_this_machine_is_live(name, error, words):
    with pytest.raises(error, match=words):
        find.device(name, toy.protocol())


def test_one_peer_answers_one_case_after_another(tmp_path, peer):
    with pytest.raises(StudyError, match="one job"):
        play_ahead(find.protocol("ecg/noise_stress"), peer(lines).name, tmp_path, jobs=2)


PROGRAM = """import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    bath = asked["stimulus"]["wave"][0]
    print(os.getpid(), "saw", bath, file=sys.stderr, flush=True)
    if bath == 36.0:
        ODD
    print(json.dumps({"number": asked["number"], "answer": {"temperature": bath + 0.1}}), flush=True)
"""


def program(tmp_path, odd):
    (tmp_path / "device.py").write_text(PROGRAM.replace("ODD", odd))
    (tmp_path / "device.toml").write_text(
        f'command = "{sys.executable} -I -S device.py"\nlive = true\nversion = "1.2"\n'
    )
    device = find.device(str(tmp_path / "device.toml"), toy.protocol())
    assert isinstance(device, LiveProgram)
    return device


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("pass", ""),
        ("sys.exit('probe broken')", "exit code 1"),
        ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("import threading; threading.Event().wait()", "no answer within 1 s"),
        ("print('36 degrees', flush=True); continue", "no JSON"),
    ],
)
def test_a_program_stays_alive_and_is_started_anew_after_a_fault(tmp_path, odd, words):
    device = program(tmp_path, odd)
    log = run_bench(toy.protocol(seconds=1.0 if "within" in words else 20.0), device, tmp_path / "out")
    assert [bool(c.failure) for c in log.cases] == [False, bool(words), False, False, False]
    assert words in log.cases[1].failure
    processes = [case.output.split()[0] for case in log.cases]
    assert len(set(processes)) == (2 if words else 1)
    assert ("probe broken" in log.cases[1].output) == ("probe broken" in odd)
    assert (log.device["version"], list(log.device["files_sha256"])[-1]) == ("1.2", "device.py")


def test_a_program_that_cannot_be_started_fails_and_a_wrong_file_is_refused(tmp_path):
    asked = LiveProgram("no-such-device-anywhere").ask(next(toy.cases()), 1.0)
    assert "cannot be started" in asked.failure
    (tmp_path / "device.toml").write_text('command = "x"\nlive = "yes"\n')
    with pytest.raises(ReadError, match="live is true"):
        find.device(str(tmp_path / "device.toml"), toy.protocol())


def test_the_example_answers_a_case():
    command = [sys.executable, str(EXAMPLES / "bring_your_own_live.py"), "0"]
    protocol = find.protocol("ecg/noise_stress", persons=1)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        device = LivePort(f"live:127.0.0.1:{int(process.stdout.readline())}")
        case = next(iter(protocol.cases()))
        asked = device.ask(case, 60.0)
        device.close()
        process.kill()
    assert asked.failure == ""
    (beats,) = [a.checked(asked.answer, case.stimulus) for a in protocol.answers]
    assert len(beats) > 100
