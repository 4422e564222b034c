"""`python -m benchmarks.variants LANGUAGE OUT.jsonl`: write a language's variants, and count them by edit."""

import sys
from collections import Counter
from pathlib import Path

from benchmarks.variants import LANGUAGES, NotRun, load
from benchmarks.variants.variant import write


def main(arguments: list[str]) -> int:
    """Write the corpus; 4 when it cannot be built here, 2 for wrong arguments."""
    if len(arguments) != 2 or arguments[0] not in LANGUAGES:
        print(f"usage: python -m benchmarks.variants {{{','.join(LANGUAGES)}}} OUT.jsonl", file=sys.stderr)
        return 2
    variants = load(arguments[0])
    if isinstance(variants, NotRun):
        print(f"{arguments[0]}: not run: {variants.reason}", file=sys.stderr)
        return 4
    write(Path(arguments[1]), variants)
    for (kind, edit), count in sorted(Counter((variant.kind, variant.edit) for variant in variants).items()):
        print(f"{arguments[0]} {kind} {edit or '-'} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
