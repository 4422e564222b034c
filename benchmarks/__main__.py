"""`make bench`: every figure that we claim, measured here and now, beside its peer or limit."""

import importlib
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BENCHMARKS = (
    "startup",
    "install",
    "ten_lines",
    "gateway",
    "parallel",
    "everything",
    "honest",
    "flows",
    "structure_keys",
    "recall_variants",
    "guides_cache",
    "one_key_one_code",
    "replay",
    "hits",
    "nearest",
    "bundles",
    "faults",
    "store",
    "queue",
    "merge_requests",
    "service",
    "pages",
)


def main(names: list[str]) -> int:
    sys.path.append(str(ROOT / "tests"))  # the stand-ins
    print(f"python {platform.python_version()}, {platform.machine()}; CPU-seconds are medians\n")
    print("| what | peer or limit | goal | measured | met |\n|---|---|---|---|---|", flush=True)
    missed = 0
    for name in names or BENCHMARKS:
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            print(f"| {row.what} | {row.peer} | {row.goal} | {row.ours} | {'yes' if row.met else 'no'} |", flush=True)
            missed += not row.met
    return min(missed, 1)


sys.exit(main(sys.argv[1:]))
