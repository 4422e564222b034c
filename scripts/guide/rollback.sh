#!/bin/sh
# The guide's name for: coderev update rollback. It renames to a generation that is kept whole; no archive is unpacked.
set -eu
exec coderev update rollback "$@"
