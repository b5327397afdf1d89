"""Frames to and from a child process, each exchange within a deadline."""

import contextlib
import os
import selectors
import signal
import struct
import subprocess
import time
from typing import IO

from sensors.errors import BackendLost

HEAD = struct.Struct("<cI")
MOST_BYTES = 1 << 20
"""No answer is longer: what claims to be is no answer."""
LAST_WORDS = 2000
GRACE_S = 0.3
"""An ended process is waited for so long: the answer of the CPU waits too."""


class Channel:
    """The parent's end of a worker's standard streams."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        streams = process.stdin, process.stdout, process.stderr
        assert all(streams)
        self._process = process
        self._to, self._from, self._errors = (_unblocked(one) for one in streams if one)
        self._received, self._said = bytearray(), b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._from, self._errors):
            self._selector.register(stream, selectors.EVENT_READ)

    def exchange(self, kind: bytes, content: bytes, within_s: float) -> tuple[bytes, bytes]:
        """Send a frame and return kind and content of the one that answers it.

        Raises
        ------
        BackendLost
            The process ended, or there was no whole answer in time. Nothing more can be
            exchanged then.
        """
        until = time.monotonic() + within_s
        unsent = self._write(memoryview(HEAD.pack(kind, len(content)) + content))
        while (answer := self._frame()) is None:
            unsent = self._wait(unsent, until, within_s)
        return answer

    def close(self) -> None:
        """End the process, whatever it does, and let go of its streams."""
        self._process.kill()
        # One stuck in its driver is out of a signal's reach; the kernel ends it later.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _wait(self, unsent: memoryview, until: float, within_s: float) -> memoryview:
        left = until - time.monotonic()
        if left <= 0:
            raise BackendLost(f"no answer within {within_s:g} s{self._last_words()}")
        if unsent:
            self._selector.register(self._to, selectors.EVENT_WRITE)
        ready = {key.fd for key, _ in self._selector.select(left)}
        if unsent:
            self._selector.unregister(self._to)
        if self._errors in ready:
            self._hear()
        if self._from in ready:
            self._read()
        return self._write(unsent) if self._to in ready else unsent

    def _write(self, unsent: memoryview) -> memoryview:
        while unsent:
            try:
                unsent = unsent[os.write(self._to, unsent) :]
            except BlockingIOError:
                break
            except BrokenPipeError:
                raise BackendLost(self._end()) from None
        return unsent

    def _read(self) -> None:
        chunk = os.read(self._from, 1 << 16)
        if not chunk:
            raise BackendLost(self._end())
        self._received += chunk

    def _frame(self) -> tuple[bytes, bytes] | None:
        if len(self._received) < HEAD.size:
            return None
        kind, length = HEAD.unpack_from(self._received)
        if length > MOST_BYTES:
            raise BackendLost(f"it answers what is no answer ({length} bytes)")
        end = HEAD.size + length
        if len(self._received) < end:
            return None
        content = bytes(self._received[HEAD.size : end])
        del self._received[:end]
        return kind, content

    def _hear(self) -> None:
        """Keep the end of what the process says on standard error, so that it never blocks."""
        chunk = os.read(self._errors, 1 << 16)
        if not chunk:
            self._selector.unregister(self._errors)
        self._said = (self._said + chunk)[-LAST_WORDS:]

    def _end(self) -> str:
        """Say how the process ended."""
        try:
            code = self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        if self._errors in {key.fd for key in self._selector.get_map().values()}:
            self._hear()
        how = f"with code {code}"
        if code < 0:
            how = f"by {signal.Signals(-code).name}"
        return f"its process ended {how}{self._last_words()}"

    def _last_words(self) -> str:
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return f" ({lines[-1].strip()[:200]})" if lines else ""


def _unblocked(stream: IO[bytes]) -> int:
    os.set_blocking(stream.fileno(), False)
    return stream.fileno()
