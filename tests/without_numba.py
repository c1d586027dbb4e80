"""A plugin of pytest: a machine without numba, as where its compiler has no build. pytest -p tests.without_numba"""

from __future__ import annotations

import sys

sys.modules["numba"] = None  # type: ignore[assignment]  # what Python itself writes for a module that is not there
