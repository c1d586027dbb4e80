"""A small sample of broken packets; `python -m installation.benchmarks.fuzz` throws a million."""

from __future__ import annotations

import pytest

from installation.benchmarks.fuzz import fuzz


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_packets_change_nothing_and_stop_nothing(seed: int) -> None:
    findings = fuzz(packets=8_000, seed=seed)
    assert findings.failures == {}
    assert findings.changed_by_wrong == 0
    assert findings.answers_afterwards
    assert findings.refused["malformed"] > 0
