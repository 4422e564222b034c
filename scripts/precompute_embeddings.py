"""The deployment guide's script: embed a folder of code ahead of time, as `coderev recall warm --no-ask` does.

    python scripts/precompute_embeddings.py --patterns FOLDER --output FOLDER --model FOLDER

Reviews find them when `recall.similar` names the same model as `embedder` and the same output as `index`.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec

from coderev.cli.warming import embed_below
from coderev.errors import CoderevError
from coderev.settings import SimilarSettings, load


def main() -> int:
    """Embed what is named; the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=Path, required=True, help="a folder of code")
    parser.add_argument("--output", required=True, help="the folder of the index")
    parser.add_argument("--model", required=True, help="a folder with an ONNX sentence encoder, or a server's URL")
    given = parser.parse_args()
    settings = load().settings
    similar = SimilarSettings(embedder=given.model, index=given.output)
    recall = msgspec.structs.replace(settings.recall, similar=similar)
    try:
        asyncio.run(embed_below([given.patterns], msgspec.structs.replace(settings, recall=recall)))
    except CoderevError as error:
        sys.stderr.write(f"error: {error}\nhint: {error.next_step}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
