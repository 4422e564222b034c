#!/bin/sh
# The guide's name for: coderev bundle verify MEDIUM… Which of two is newer, seq decides, and not the version.
set -eu
exec coderev bundle verify "$@"
