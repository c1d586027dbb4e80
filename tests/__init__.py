"""The tests; whatever they compute with torch, they do so with as many threads as the commands."""

import os

from installation.commands.cli import ONE_THREAD

os.environ.setdefault(*ONE_THREAD)
os.environ["TRITON_INTERPRET"] = "1"  # Triton reads it when it is imported: its kernels run on the processor here.
