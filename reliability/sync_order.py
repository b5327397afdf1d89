"""Data sync before acknowledgement, as the kernel saw it: strace on a real platform process.

Every report carries a token of its own, which stands readable in the page of the write-ahead log
that holds its row, and every acknowledgement stands readable in the packet that carries it. So the
trace shows, for each: the write with its row, the sync of that file, the packet, in this order.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from live_plant import wait_until
from mosquitto_process import plain_broker

from app.bus.mqtt import Broker as Address
from app.messages import Report
from reliability.generator import Generator, sample_reports
from reliability.plant import simulated_plant
from reliability.row import Row, skipped
from reliability.scale import Scale

MOTORS = 20
BOOT = "traced"
CALLS = "fsync,fdatasync,pwrite64,write,sendto,send,sendmsg,writev"
LONGEST = 140_000
"""Characters of a call's data that strace keeps: more than a message or a page has."""
CALL = re.compile(
    r"^\d+\s+(?P<name>\w+)\((?P<fd>\d+)<(?P<where>[^>]*)>(?P<rest>.*)$|"
    r"^\d+\s+<\.\.\. (?P<resumed>\w+) resumed>(?P<tail>.*)$"
)
TOKEN = re.compile(r"mh-(\d{7})")
ACK = re.compile(r'\\"motor_id\\":\\"motor-(\d+)\\".*?\\"ranges\\":\[((?:\[\d+,\d+\],?)+)\]')
RANGE = re.compile(r"\[(\d+),(\d+)\]")


class Order(NamedTuple):
    """What a trace shows.

    Attributes
    ----------
    acknowledged, in_order : int
        Acknowledged reports, and those whose row was synced before.
    syncs, packets : int
        Syncs of the log, packets with acknowledgements.
    """

    acknowledged: int
    in_order: int
    syncs: int
    packets: int


def sync_order(scale: Scale) -> Iterator[Row]:
    """Trace a platform while it takes reports one round after another."""
    done = "data sync of the commit that holds a report before the packet that acknowledges it"
    program = shutil.which("strace")
    if program is None:
        yield skipped("sync", done, "strace is not installed")
        return
    if not _allowed(program):
        yield skipped("sync", done, "strace may not trace here (ptrace is not permitted)")
        return
    with tempfile.TemporaryDirectory(prefix="motorwatch-sync-") as name:
        order = read_trace(_trace(program, Path(name), scale.acks).splitlines())
    yield Row(
        measure="sync",
        done=done,
        often=f"{order.acknowledged} reports, {order.syncs} syncs, {order.packets} packets",
        required=f"{scale.acks} of {scale.acks}",
        found=f"{order.in_order} of {order.acknowledged}",
        met=order.in_order == order.acknowledged == scale.acks,
    )


def read_trace(lines: list[str]) -> Order:
    """Return in which order rows were synced and acknowledged.

    A write or sync counts when the call has returned, a packet when it begins: for either side
    this is the less favourable end.
    """
    written: set[int] = set()
    synced: set[int] = set()
    in_order: dict[int, bool] = {}
    open_calls: dict[str, tuple[str, str, str]] = {}
    syncs = packets = 0
    for line in lines:
        found = CALL.match(line)
        if found is None:
            continue
        thread = line.split(None, 1)[0]
        if found["resumed"] is not None:
            name, where, rest = open_calls.pop(thread, (found["resumed"], "", ""))
        else:
            name, where, rest = found["name"], found["where"], found["rest"]
            for seq in _acknowledged(rest) if where.startswith(("socket", "TCP")) else ():
                in_order.setdefault(seq, seq in synced)
            packets += where.startswith(("socket", "TCP")) and ACK.search(rest) is not None
            if rest.endswith("<unfinished ...>"):
                open_calls[thread] = (name, where, rest)
                continue
        if not where.endswith("-wal"):
            continue
        if name in ("fsync", "fdatasync"):
            syncs += 1
            synced |= written
        else:
            written |= {int(number) for number in TOKEN.findall(rest)}
    return Order(len(in_order), sum(in_order.values()), syncs, packets)


def _acknowledged(packet: str) -> Iterator[int]:
    """Yield the reports, numbered over all motors, that a packet acknowledges."""
    for place, ranges in ACK.findall(packet):
        for first, last in RANGE.findall(ranges):
            for seq in range(int(first), int(last) + 1):
                yield seq * MOTORS + int(place)


def _trace(program: str, folder: Path, acks: int) -> str:
    trace = folder / "trace"
    with tempfile.TemporaryDirectory(prefix="motorwatch-broker-") as name:
        broker = plain_broker(Path(name))
        broker.start()
        plant = simulated_plant(folder, broker, ("pump-1",), speed=1.0)
        try:
            plant.platform.start()
            wait_until(plant.platform.is_ready, plant.platform.log)
            samples = sample_reports(folder)
            asked = f"-f -yy -s {LONGEST} -e trace={CALLS} -o {trace} -p {plant.platform.pid}"
            tracer = subprocess.Popen(
                [program, *asked.split()], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
            )
            try:
                wait_until(lambda: _is_traced(plant.platform.pid))
                _send(Address(broker.host, broker.port), samples, acks)
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.communicate(timeout=30)
        finally:
            plant.close()
            broker.kill()
    return trace.read_text(errors="replace")


def _send(address: Address, samples: list[Report], acks: int) -> None:
    numbered = [
        msgspec.structs.replace(samples[number % len(samples)], motor_hash=f"mh-{number:07d}")
        for number in range(acks)
    ]
    with Generator(address, numbered, MOTORS, BOOT) as generator:
        while generator.sent < acks:
            for _ in range(min(MOTORS, acks - generator.sent)):
                generator.send()
            generator.drain()


def _is_traced(pid: int) -> bool:
    # Every thread: a packet leaves on another one than the commit.
    threads = Path(f"/proc/{pid}/task").iterdir()
    states = [(each / "status").read_text() for each in threads]
    return all("TracerPid:\t0\n" not in state for state in states)


def _allowed(program: str) -> bool:
    done = subprocess.run([program, "-f", "true"], capture_output=True, check=False)
    return done.returncode == 0
