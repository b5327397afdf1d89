import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "tests" / "support" / "process_role.py"
PATIENCE_S = 60.0


class Running:
    """A process of ours: its lines, its port, its end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.plain: list[str] = []

    def until(self, message: str) -> dict[str, Any]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{"):
                self.lines.append(json.loads(line))
                if message in self.lines[-1]["message"]:
                    return self.lines[-1]
            else:
                self.plain.append(line)
        raise AssertionError(f"{message!r} was never said: {self.lines} {self.plain}")

    def end(self) -> int:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{"):
                self.lines.append(json.loads(line))
            else:
                self.plain.append(line)
        return self.process.wait(PATIENCE_S)

    def get(self, port: int, path: str) -> tuple[int, bytes]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        client.request("GET", path)
        answer = client.getresponse()
        body = answer.read()
        client.close()
        return answer.status, body

    def messages(self) -> list[str]:
        return [line["message"] for line in self.lines]


@contextmanager
def role(
    state: Path, behaviour: str, *, before: Sequence[str] = (), **environ: str
) -> Iterator[Running]:
    process = subprocess.Popen(
        [*before, sys.executable, str(ROLE), str(state), behaviour],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
    )
    # A process that hangs says where, and fails its test, rather than hang it too.
    alarm = threading.Timer(2 * PATIENCE_S, process.send_signal, [signal.SIGABRT])
    alarm.start()
    try:
        yield Running(process)
    finally:
        alarm.cancel()
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with role(tmp_path, "idle", STOP_WITHIN_S="60") as running:
        running.until("running: 2 jobs")
        running.process.send_signal(number)
        assert running.end() == 0
    assert (tmp_path / "mark").read_text() == "closed"
    assert f"stopping: {number.name}" in running.messages()
    assert running.messages()[-1] == "ended with exit code 0"
    assert running.lines[-1] | {"role": "device", "site": "test"} == running.lines[-1]
    assert running.lines[-1]["boot_id"].endswith("-1")


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with role(tmp_path, "slow", STOP_WITHIN_S="300") as running:
        running.until("running")
        running.process.send_signal(signal.SIGTERM)
        running.until("stopping: SIGTERM")
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == 128 + signal.SIGTERM


@pytest.mark.parametrize("behaviour", ["slow", "stuck", "deaf"])
def test_what_does_not_end_in_time_is_ended_and_says_where_it_stood(
    tmp_path: Path, behaviour: str
) -> None:
    with role(tmp_path, behaviour) as running:
        running.until("running" if behaviour == "slow" else "now it is stuck")
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == 1
    assert any("Timeout" in line for line in running.plain)
    assert any("process_role.py" in line for line in running.plain)


def test_work_that_is_done_ends_the_process(tmp_path: Path) -> None:
    with role(tmp_path, "short") as running:
        assert running.end() == 0


def test_as_number_one_of_a_container_it_ends_in_order_too(tmp_path: Path) -> None:
    alone = ["unshare", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("needs the right to make a namespace of processes")
    with role(tmp_path, "idle", before=alone, STOP_WITHIN_S="60") as running:
        running.until("running")
        children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGTERM)
        assert running.end() == 0
    assert (tmp_path / "mark").read_text() == "closed"


def test_what_cannot_begin_says_so_with_its_exit_code(tmp_path: Path) -> None:
    with role(tmp_path, "refused") as running:
        assert running.end() == 2
    assert "BadConfig: motor, entry 1: no such file" in running.messages()


def test_a_second_process_on_one_state_folder_is_refused(tmp_path: Path) -> None:
    with role(tmp_path, "idle") as first:
        first.until("running")
        with role(tmp_path, "idle") as second:
            assert second.end() != 0
        assert any("another process works" in line for line in second.plain)


def test_one_failing_motor_leaves_the_others_at_work(tmp_path: Path) -> None:
    with role(tmp_path, "broken") as running:
        port = running.until("health is told")["port"]
        running.until("failed (2 in a row, again in 2 s)")
        assert running.get(port, "/healthz")[0] == 200
        assert running.get(port, "/readyz")[0] == 200
        text = running.get(port, "/metrics")[1].decode()
        assert 'motorwatch_job_failures_total{job="broken"} 2.0' in text
        assert "ZeroDivisionError" in running.lines[-1]["error"]
        assert running.lines[-1]["motor_id"] == "m-1"
        steps = [x for x in text.splitlines() if x.startswith("motorwatch_step_seconds_count")]
        assert any('job="main"' in line for line in steps)


def test_a_loop_that_stands_still_is_not_alive(tmp_path: Path) -> None:
    with role(tmp_path, "stuck") as running:
        port = running.until("health is told")["port"]
        until = time.monotonic() + PATIENCE_S
        while running.get(port, "/healthz")[0] != 503:
            assert time.monotonic() < until


def test_systemd_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    where = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        ears.bind(where)
        ears.settimeout(PATIENCE_S)
        environ = {"NOTIFY_SOCKET": where, "WATCHDOG_USEC": "300000"}
        with role(tmp_path / "state", "idle", **environ) as running:
            heard = [ears.recv(4096) for _ in range(4)]
            assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
            running.process.send_signal(signal.SIGTERM)
            while (last := ears.recv(4096)) == b"WATCHDOG=1":
                pass
            assert last == b"STOPPING=1"
            assert running.end() == 0


def test_systemd_hears_nothing_from_a_loop_that_stands_still(tmp_path: Path) -> None:
    where = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        ears.bind(where)
        ears.settimeout(PATIENCE_S)
        environ = {"NOTIFY_SOCKET": where, "WATCHDOG_USEC": "300000"}
        with role(tmp_path / "state", "stuck", **environ):
            while ears.recv(4096) != b"READY=1":
                pass
            ears.settimeout(2.0)
            with pytest.raises(TimeoutError):
                for _ in range(10):
                    ears.recv(4096)


def test_killed_ten_times_it_begins_again_each_time_with_another_identity(tmp_path: Path) -> None:
    ids = []
    for _ in range(10):
        with role(tmp_path, "idle") as running:
            ids.append(running.until("running")["boot_id"])
            running.process.kill()
            running.process.wait()
    assert [int(one.split("-")[1]) for one in ids] == list(range(1, 11))


def test_a_log_without_a_reader_does_not_stop_it(tmp_path: Path) -> None:
    with role(tmp_path, "broken") as running:
        port = running.until("health is told")["port"]
        assert running.process.stderr is not None
        running.process.stderr.close()
        until = time.monotonic() + PATIENCE_S
        while b'failures_total{job="broken"} 2.0' not in running.get(port, "/metrics")[1]:
            assert time.monotonic() < until
            time.sleep(0.1)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_S) == 0
