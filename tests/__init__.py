"""The tests; whatever they compute with torch, they do so with as many threads as the commands."""

import os

from installation.commands.cli import ONE_THREAD

os.environ.setdefault(*ONE_THREAD)
