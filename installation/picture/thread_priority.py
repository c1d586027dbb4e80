"""How far decoding gives way to the frame."""

from __future__ import annotations

import contextlib
import os
import threading

from installation.systems import lower_priority

NICENESS = 4
"""On Linux each thread has its own priority. At 4 the frame goes before decoding on few cores, and decoding still gets
its share beside other programs: at 5, beside ten of them, it came to a halt."""


def lower_thread_priority() -> None:
    """Let this thread give way to the threads that draw the frame.

    A thread inherits the priority of its creator, so every decoding thread calls this itself.
    """
    lower_priority(threading.get_native_id(), NICENESS)  # only Linux knows threads as processes


def restore_thread_priority(thread: threading.Thread) -> None:
    """Let a thread of this process no longer give way. Linux allows this to root, and within RLIMIT_NICE."""
    with contextlib.suppress(AttributeError, OSError):
        if thread.native_id is not None:
            os.setpriority(os.PRIO_PROCESS, thread.native_id, os.getpriority(os.PRIO_PROCESS, os.getpid()))
