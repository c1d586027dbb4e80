"""Standard streams that are closed or that nobody reads: neither ends nor stops anything."""

from __future__ import annotations

import os
import subprocess
import sys

from installation.commands.streams import MAX_WAITING_BYTES, UnhurriedStream

OPENED = """
import os, sys
from installation.commands.streams import open_standard_streams
open_standard_streams()
other = os.open("/dev/null", os.O_RDONLY)
assert other > 2, other
sys.stderr.write("nobody hears this")
sys.stdout.write("nor this")
assert sys.stdin.read() == ""
"""


def test_what_nobody_reads_is_lost_and_stops_nobody() -> None:
    reading, writing = os.pipe()
    stream = UnhurriedStream(writing)
    for _ in range(5 * MAX_WAITING_BYTES // 4096):
        assert stream.write(b"x" * 4096) == 4096
    assert stream.lost_bytes > 0
    assert not stream.drain(0.0)
    os.close(reading)  # the one that was stuck goes away
    assert stream.drain(30.0)
    os.close(writing)


def test_what_is_read_comes_whole_and_in_order() -> None:
    reading, writing = os.pipe()
    stream = UnhurriedStream(writing)
    words = [f"{number}\n".encode() for number in range(2_000)]
    for word in words:
        stream.write(word)
    expected, heard = b"".join(words), b""
    while len(heard) < len(expected):
        heard += os.read(reading, 65_536)
    assert heard == expected
    assert stream.drain(30.0)
    os.close(writing)
    os.close(reading)


def test_no_file_takes_the_place_of_a_closed_stream() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import os\nfor one in (0, 1, 2): os.close(one)\n{OPENED}"], timeout=60, check=False
    )
    assert done.returncode == 0


def test_streams_that_were_closed_from_the_beginning_lead_nowhere() -> None:
    command = ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, OPENED]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
