"""`python -m benchmarks.reliability`: run the studies and the marked tests, write `reports/reliability.json` and a page to read.

python -m benchmarks.reliability                      # full: under half an hour
python -m benchmarks.reliability --size nightly
python -m benchmarks.reliability --only kills_of_storage --size fast --seed 7
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Exit code 1 when anything failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", choices=("fast", "full", "nightly"), default="full")
    parser.add_argument("--only", nargs="+", metavar="STUDY", help="these studies, and no tests")
    parser.add_argument("--trials", type=int, help="trials of each study, instead of those of the size")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder of the report")
    parser.add_argument("--list", action="store_true", help="list the studies and end")
    asked = parser.parse_args()
    from benchmarks.reliability.study import studies

    found = studies()
    if asked.list:
        for study in found:
            print(f"{study.name:24} {study.trials['full']:>8} {study.unit:14} {study.title}")
        return 0
    unknown = sorted(set(asked.only or ()) - {study.name for study in found})
    if unknown:
        parser.error(f"no study is called {', '.join(unknown)}; --list shows them")
    from benchmarks.reliability.running import run_all

    chosen = [study for study in found if not asked.only or study.name in asked.only]
    return run_all(chosen, asked.size, asked.seed, asked.out, trials=asked.trials, tests=not asked.only)


if __name__ == "__main__":
    sys.exit(main())
