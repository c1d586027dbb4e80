"""The tests; whatever they compute with torch, they do so with as many threads as the commands."""

import os
import signal

from installation.commands.cli import ONE_THREAD

os.environ.setdefault(*ONE_THREAD)
os.environ["TRITON_INTERPRET"] = "1"  # Triton reads it when it is imported: its kernels run on the processor here.

# A shell that starts the tests in the background ignores these signals, and every process started here would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGHUP", "SIGQUIT"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
