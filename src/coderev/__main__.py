"""`python -m coderev` is the command `coderev`."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder may be the reviewed repository: nothing is imported from it

from coderev.cli import main

main()
