"""What an understudy has ready before its cue, so that the first picture comes soon after it."""

from __future__ import annotations

import subprocess
import sys

READY = """
import sys
from installation.commands.processes import understudy
understudy.load(windows=False)
from installation.commands import cli
from installation.desk.journal import journal_lines
assert cli.parser.cache_info().currsize == journal_lines.succession_type.cache_info().currsize == 1
before = set(sys.modules)
from pathlib import Path
from installation import FIRST_LIGHT
from installation.editions.edition import ShowFiles
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import choose
edition = ShowFiles(FIRST_LIGHT).read()
choose(edition.production.interpolator, lambda: 0.0, open_gl=Headless, hurried=True).decoder.close()
print(*sorted(name for name in set(sys.modules) - before if name.startswith(("installation", "zenoh", "numba"))))
"""


def test_an_understudy_has_loaded_what_a_show_reads_and_draws_with() -> None:
    done = subprocess.run([sys.executable, "-c", READY], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
