"""Torch's optimisers load Triton and its LLVM; they work in a process that draws by Mesa, which has another LLVM."""

from __future__ import annotations

import subprocess
import sys

DRAWN_THEN_TRAINED = """
from installation.picture.decoding.choosing import choice
from installation.outputs.headless import Headless
with Headless() as headless:
    import torch
    numbers = torch.ones(3, requires_grad=True)
    optimiser = torch.optim.Adam([numbers], lr=0.1)
    numbers.sum().backward()
    optimiser.step()
    print(headless.context.simple_framebuffer((4, 4)).size, numbers.tolist())
"""


def test_a_process_that_has_a_context_can_train() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRAWN_THEN_TRAINED], capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("(4, 4) [0.9")
