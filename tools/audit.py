"""Ask PyPI's advisory database for known holes in what is locked; say so where it cannot be reached.

usage: python tools/audit.py
Exit code 0: no hole is known; 1: holes, each with the version that mends it; 2: the database was not reached.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCKS = ("play.txt", "cuda.txt", "test.txt")


def main() -> int:
    folder = Path(__file__).parents[1] / "requirements"
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    done = subprocess.run(
        [*command, *(word for name in LOCKS for word in ("--requirement", folder / name))],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"audit: the advisory database could not be asked, so nothing is known about holes: {reason}")
        return 2
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    if len(unknown) == len(packages):
        print("audit: the advisory database knows none of the packages, so nothing is known about holes")
        return 2
    if unknown:
        print(f"audit: not in the database: {', '.join(unknown)}")
    holes = [(one, hole) for one in packages for hole in one.get("vulns", [])]
    for one, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {hole['id']}, mended in {mended}")
    print(f"audit: {len(packages) - len(unknown)} packages asked for, {len(holes)} known holes")
    return bool(holes)


if __name__ == "__main__":
    sys.exit(main())
