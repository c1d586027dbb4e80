"""How much decoding gives way to the frame."""

from __future__ import annotations

import contextlib
import os
import threading

NICENESS = 4
"""On Linux a thread has its own priority: the frame comes first where cores are few, but not so much that other
programs on the machine come before the pictures as well: at 5 beside ten of them, decoding came to a halt."""


def lower_thread_priority() -> None:
    """Let this thread give way to those that draw the frame.

    A thread has the priority of the one that made it, so every thread that decodes has to say this for itself.
    """
    with contextlib.suppress(AttributeError, OSError):  # Only Linux has it, and a sandbox may refuse.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def restore_thread_priority(thread: threading.Thread) -> None:
    """Let a thread of this process no longer give way. Linux allows that to root, and as RLIMIT_NICE says."""
    with contextlib.suppress(AttributeError, OSError):
        if thread.native_id is not None:
            os.setpriority(os.PRIO_PROCESS, thread.native_id, os.getpriority(os.PRIO_PROCESS, os.getpid()))
