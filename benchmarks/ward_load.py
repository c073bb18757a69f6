"""How late waves come, and requests are answered, when a ward is watched: eight beds, thirty viewers, one server.

The server is a process of its own, as `twinbed serve` runs it; the load comes from a second one. Every viewer is a
person of their own and watches twelve waves and the numbers of one bed over loopback. The lateness of a frame is the
time of its arrival less the time at which its last sample was due, where what is due is told by the earliest frame of
the connection. `timer_ms` is what the machine itself adds: how late a timer of the second process fires that does
nothing else; on a machine that is busy with other things it says so. `server_waited_s` is how long threads of the
server were ready to run and had no processor. Where these are large, lateness tells of the machine and not of the
server. Every page is shown a fixed time after it is due (`lead_ms`), so that it comes evenly; lateness is what
comes on top. The exit code is 1 where the 99th percentile is over `--most` milliseconds, or a frame is lost.

    python benchmarks/ward_load.py [--beds 8] [--viewers 30] [--seconds 30] [--most 20] [--json]
"""

import argparse
import asyncio
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import httpx2
import numpy as np
import websockets

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from tests.server.frame_reader import read
from twinbed.server.hub import LEAD_S

_WAVES = 12
_READY_S = 1800.0
_TICK_S = 0.05
_PASSWORD = "a cellar full of warm lanterns"


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def _viewer(client, k):
    """The cookie of a new person who may look."""
    invited = await client.post("/api/invitations", json={"role": "viewer", "expires_h": 1})
    token = invited.raise_for_status().json()["link"].rpartition("/")[2]
    headers = {"X-Twinbed": "1", "Origin": str(client.base_url).rstrip("/")}
    async with httpx2.AsyncClient(base_url=client.base_url, headers=headers, timeout=120) as own:
        said = {"token": token, "name": f"Viewer {k}", "password": _PASSWORD}
        (await own.post("/api/sign-in/link", json=said)).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in own.cookies.items())


async def _view(url, cookie, origin, bed, waves, until, late, gaps):
    async with websockets.connect(url, additional_headers={"Cookie": cookie}, origin=origin) as ws:
        await ws.send(json.dumps({"watch": {bed: {"waves": waves, "numbers": True}}}))
        arrived, last = [], None
        while time.monotonic() < until:
            message = await asyncio.wait_for(ws.recv(), 60)
            now = time.monotonic()
            if isinstance(message, bytes):
                head, _ = read(message)
                arrived.append(now - (head["t0_s"] + head["samples"] * head["period_s"]))
                if last is not None and head["seq"] != last + 1:
                    gaps.append(head["seq"] - last - 1)
                last = head["seq"]
        settled = np.asarray(arrived[20:])
        late.extend((settled - settled.min()).tolist())


async def _timer(until, late):
    due = time.monotonic()
    while due < until:
        due += _TICK_S
        await asyncio.sleep(due - time.monotonic())
        late.append(max(0.0, time.monotonic() - due))


async def _ask(client, beds, until, answered):
    k = 0
    while time.monotonic() < until:
        bed = beds[k % len(beds)]
        start = time.monotonic()
        reply = await client.post(f"/api/beds/{bed}/requests", json={"control": "nibp_start"})
        reply.raise_for_status()
        answered.append(time.monotonic() - start)
        k += 1
        await asyncio.sleep(0.25)


async def _load(base, client, beds, viewers, seconds, pid):
    cookies = [await _viewer(client, k) for k in range(viewers)]
    views = {
        bed: [w["id"] for w in (await client.get(f"/api/beds/{bed}")).json()["view"]["waves"]][:_WAVES] for bed in beds
    }
    until, late, gaps, answered, timer = time.monotonic() + seconds, [], [], [], []
    before_s, waited_s = _cpu_s(pid), _waited_s(pid)
    watching = [
        _view(
            base.replace("http", "ws") + "/api/live",
            cookies[i],
            base,
            beds[i % len(beds)],
            views[beds[i % len(beds)]],
            until,
            late,
            gaps,
        )
        for i in range(viewers)
    ]
    await asyncio.gather(*watching, _ask(client, beds, until, answered), _timer(until, timer))
    return late, gaps, answered, timer, _cpu_s(pid) - before_s, _waited_s(pid) - waited_s


async def _ready(client, beds):
    since = time.monotonic()
    while True:
        states = {b["id"]: b["state"] for b in (await client.get("/api/beds")).json()}
        for bed in (b for b in beds if states.get(b) == "paused"):  # the first one waits until somebody watches
            (await client.post(f"/api/beds/{bed}/clock", json={"do": "resume"})).raise_for_status()
        if all(states.get(b) == "running" for b in beds):
            return time.monotonic() - since
        if "failed" in states.values() or time.monotonic() - since > _READY_S:
            sys.exit(f"beds did not start: {states}")
        await asyncio.sleep(1.0)


async def _run(args, base, link, pid):
    async with httpx2.AsyncClient(base_url=base, headers={"X-Twinbed": "1", "Origin": base}, timeout=120) as client:
        said = {"token": link.rpartition("/")[2], "name": "Load", "password": _PASSWORD}
        (await client.post("/api/sign-in/link", json=said)).raise_for_status()
        beds = []
        while len(beds) < args.beds:
            reply = await client.post("/api/beds", json={"template": "anaesthesia"})
            reply.raise_for_status()
            beds.append(reply.json()["id"])
        started_s = await _ready(client, beds)
        print(f"{len(beds)} beds live after {started_s:.0f} s", file=sys.stderr)
        return started_s, await _load(base, client, beds, args.viewers, args.seconds, pid)


def _waited_s(pid):
    found = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(f.read_text().split()[1]) for f in found) / 1e9


def _cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--beds", type=int, default=8)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--most", type=float, default=20.0, help="lateness that 99 in 100 frames keep, ms")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    port = _free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "twinbed", "serve", "--port", str(port), "--data", data, "--empty"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            link = next(word for line in server.stdout for word in line.split() if "/sign-in/" in word)
            found = asyncio.run(_run(args, f"http://127.0.0.1:{port}", link, server.pid))
            started_s, (late, gaps, answered, timer, cpu_s, waited_s) = found
        finally:
            server.terminate()
            server.wait(60)
    ms = lambda values, q: round(1e3 * float(np.percentile(values, q)), 2)
    found = {
        "beds": args.beds, "viewers": args.viewers, "waves": _WAVES, "seconds": args.seconds, "frames": len(late),
        "lost_frames": int(sum(gaps)), "lead_ms": 1e3 * LEAD_S, "late_ms": {f"p{q}": ms(late, q) for q in (50, 95, 99)},
        "request_ms": {f"p{q}": ms(answered, q) for q in (50, 95, 99)}, "requests": len(answered),
        "timer_ms": {f"p{q}": ms(timer, q) for q in (50, 95, 99)},
        "beds_live_after_s": round(started_s, 1), "server_cores": round(cpu_s / args.seconds, 2), "server_waited_s": round(waited_s, 1), "load": os.getloadavg()[0],
    }  # fmt: skip
    print(json.dumps(found, indent=None if args.json else 2))
    sys.exit(found["late_ms"]["p99"] > args.most or found["lost_frames"] > 0)


if __name__ == "__main__":
    main()
