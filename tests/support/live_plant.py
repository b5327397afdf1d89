"""Device, gateway and platform as real processes with a broker between them."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from app.store import open_store
from app.store.event_log import Event, every_event
from app.tls import TlsConfig

GENEROUS_S = 60.0
MAIN = "from app.cli.entry import main; main()"


def wait_until(done: Callable[[], object], why: Callable[[], str] = lambda: "in vain") -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + GENEROUS_S
    while not done():
        assert time.monotonic() < deadline, f"waited {GENEROUS_S:g} s: {why()}"
        time.sleep(0.05)


class Process:
    """One role, started again and again with the same configuration."""

    def __init__(self, folder: Path, role: str, text: str) -> None:
        self.role, self.folder = role, folder
        self.config = folder / f"{role}.toml"
        self.config.write_text(text)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return at once."""
        assert self._running is None, f"{self.role} runs already"
        with (self.folder / f"{self.role}.log").open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-c", MAIN, self.role, "--config", str(self.config)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        return self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._running is not None, f"{self.role} does not run"
        return self._running.pid

    def log(self) -> str:
        """All that it said."""
        return (self.folder / f"{self.role}.log").read_text(errors="replace")

    def lines(self) -> list[dict[str, object]]:
        """Its log, a line each."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    @property
    def port(self) -> int:
        """Where its health is told since its latest start."""
        ports = [line["port"] for line in self.lines() if "port" in line]
        assert ports, self.log()
        return int(str(ports[-1]))

    def get(self, path: str) -> tuple[int, str]:
        """Ask its health server."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as got:
                return int(got.status), got.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def is_ready(self) -> bool:
        """Whether it says that it can work."""
        try:
            return self._running is not None and self.get("/readyz")[0] == 200
        except (OSError, AssertionError):
            return False

    def _end(self, how: signal.Signals) -> int:
        if self._running is None:
            return 0
        self._running.send_signal(how)
        code = self._running.wait(GENEROUS_S)
        self._running = None
        return code


class Plant:
    """All three roles, a site and a store.

    Parameters
    ----------
    folder : Path
        For everything.
    host, port
        Of the broker.
    motors : sequence of str
        TOML of each `[[motor]]`.
    files : sequence of Path
        The same motors' own files, for the gateway.
    tls : mapping of str to TlsConfig
        By role; empty speaks in the clear.
    """

    def __init__(
        self,
        folder: Path,
        host: str,
        port: int,
        *,
        site: str,
        motors: Sequence[str],
        files: Sequence[Path],
        tls: Mapping[str, TlsConfig] = {},
        names: Mapping[str, str] = {},
        url: str | None = None,
        ring_mb: int = 32,
    ) -> None:
        self.url = url or f"sqlite:///{folder}/plant.db"
        self.archive = folder / "archive"

        def common(role: str) -> str:
            name = f'name = "{names[role]}"\n' if role in names else ""
            broker = f'[broker]\nhost = "{host}"\nport = {port}\n{name}'
            files_of = msgspec.structs.asdict(tls[role]) if role in tls else {}
            lines = [f'{key} = "{value}"' for key, value in files_of.items() if value]
            secured = "[broker.tls]\n" + "\n".join(lines) + "\n" if lines else ""
            return broker + secured + "[health]\nport = 0\n[log]\nmost_per_minute = 1000\n"

        def head(role: str) -> str:
            return f'role = "{role}"\nsite = "{site}"\nstate = "{folder}/state-{role}"\n'

        listed = ", ".join(f'"{path}"' for path in files)
        self.device = Process(
            folder,
            "device",
            f"{head('device')}schedule_s = 20.0\nring_mb = {ring_mb}\n"
            + "\n".join(motors)
            + "\n"
            + common("device"),
        )
        self.gateway = Process(
            folder,
            "gateway",
            f'{head("gateway")}motors = [{listed}]\nstage2 = "off"\n' + common("gateway"),
        )
        self.platform = Process(
            folder,
            "platform",
            f'{head("platform")}store = "{self.url}"\narchive = "{self.archive}"\n'
            + common("platform"),
        )
        self.processes = (self.platform, self.gateway, self.device)

    def start(self) -> None:
        """Start all, and return when each is ready."""
        for process in self.processes:
            process.start()
        for process in self.processes:
            wait_until(process.is_ready, process.log)

    def close(self) -> None:
        """Kill whatever runs."""
        for process in self.processes:
            process.kill()

    def events(self, *kinds: str) -> list[Event]:
        """Everything that was committed."""
        with open_store(self.url) as store:
            return list(every_event(store, kinds=kinds))
