#!/bin/sh
# The guide's name for: coderev bundle install MEDIUM… It verifies before it writes, so there is nothing to extract.
set -eu
exec coderev bundle install "$@"
