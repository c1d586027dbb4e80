"""What the tests reach: the whole, the ten modules that they reach least, and those that no test names.

usage: python tools/coverage_report.py COVERAGE.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORST = 10


def main() -> None:
    measured = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    shares = {
        file: one["summary"]["percent_covered"]
        for file, one in measured["files"].items()
        if one["summary"]["num_statements"]
    }
    print(f"lines and branches reached: {measured['totals']['percent_covered']:.1f} %")
    print("reached least (what only runs in a process of its own is not counted):")
    for file in sorted(shares, key=shares.__getitem__)[:WORST]:
        print(f"  {shares[file]:5.1f} %  {file}")
    print(f"named by no test: {', '.join(unnamed()) or 'none'}")


def unnamed() -> list[str]:
    """Modules of the player that no test imports by name."""
    said = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    modules = sorted(path for path in (ROOT / "installation").rglob("*.py") if path.stem != "__init__")
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules]
    return [
        name
        for name in names
        if name not in said and f"from {name.rpartition('.')[0]} import {name.rpartition('.')[2]}" not in said
    ]


if __name__ == "__main__":
    main()
