"""A switch in user space between TAP devices: it delays packets, loses some, and can separate its ports.

It also works on kernels without netem. The last port is the operator's, whose packets pass without delay or loss.
"""

from __future__ import annotations

import heapq
import os
import random
import select
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack

from installation.owner import Owner

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
"""Linux's numbers on all tested architectures: see linux/if_tun.h."""

FRAME_BYTES = 2048
IDLE_SECONDS = 0.1


class BadNetwork(Owner):
    """Makes a TAP device for each machine and one for the operator, in this process's network name space.

    Frames between machines take `delay_seconds`, plus or minus up to `jitter_seconds`; a share `loss` is lost.
    Raises OSError if this process may not make devices.
    """

    def __init__(
        self,
        machines: int,
        *,
        delay_seconds: float = 0.001,
        jitter_seconds: float = 0.0005,
        loss: float = 0.01,
        seed: int = 1,
    ) -> None:
        self.names = tuple(f"bad{number}" for number in range(machines + 1))
        self._operator = machines
        self._delay, self._jitter, self._loss = delay_seconds, jitter_seconds, loss
        self._chance = random.Random(seed)
        self._part = [0] * machines
        self.passed = self.lost = 0
        with ExitStack() as opened:
            self._taps = [opened.enter_context(_Tap(name)) for name in self.names]
            self._closing = threading.Event()
            thread = threading.Thread(target=self._run, name="bad network", daemon=True)
            thread.start()
            opened.callback(thread.join, 2.0)
            opened.callback(self._closing.set)
            self._opened = opened.pop_all()

    def part(self, *others: int) -> None:
        """Separate `others` from the remaining machines; without arguments, all machines reach each other again."""
        self._part = [int(number in others) for number in range(self._operator)]

    def close(self) -> None:
        self._opened.close()

    def _run(self) -> None:
        ports: dict[bytes, int] = {}
        waiting: list[tuple[float, int, int, bytes]] = []
        descriptors = [tap.descriptor for tap in self._taps]
        while not self._closing.is_set():
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, port, frame = heapq.heappop(waiting)
                self._taps[port].write(frame)
            left = max(waiting[0][0] - now, 0.0) if waiting else IDLE_SECONDS
            for descriptor in select.select(descriptors, [], [], left)[0]:
                source = descriptors.index(descriptor)
                for frame in self._taps[source].read():
                    ports[frame[6:12]] = source
                    for port in self._ports_for(frame, source, ports):
                        due = time.monotonic() + self._seconds(source, port)
                        self.passed += 1
                        heapq.heappush(waiting, (due, self.passed, port, frame))

    def _ports_for(self, frame: bytes, source: int, ports: dict[bytes, int]) -> Sequence[int]:
        known = None if frame[0] & 1 else ports.get(frame[:6])
        found = range(len(self._taps)) if known is None else (known,)
        return [port for port in found if port != source and self._reaches(source, port)]

    def _reaches(self, source: int, port: int) -> bool:
        if self._operator in (source, port):
            return True
        if self._part[source] != self._part[port] or self._chance.random() < self._loss:
            self.lost += 1
            return False
        return True

    def _seconds(self, source: int, port: int) -> float:
        if self._operator in (source, port):
            return 0.0
        return max(self._delay + self._chance.uniform(-self._jitter, self._jitter), 0.0)


class _Tap(Owner):
    """One TAP device; reads and writes its frames."""

    def __init__(self, name: str) -> None:
        import fcntl  # only Linux has it, but all systems import this module

        self.descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(self.descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        except OSError:
            os.close(self.descriptor)
            raise
        self._is_open = True

    def read(self) -> list[bytes]:
        frames = []
        try:
            while len(frame := os.read(self.descriptor, FRAME_BYTES)) > 14:
                frames.append(frame)
        except OSError:  # no more frames, or the device is down
            pass
        return frames

    def write(self, frame: bytes) -> None:
        try:
            os.write(self.descriptor, frame)
        except OSError:  # a device that is down loses frames, as a cable does
            return

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self.descriptor)
