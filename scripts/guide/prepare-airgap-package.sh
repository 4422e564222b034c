#!/bin/sh
# The guide's name for: coderev bundle create RECIPE --output FOLDER … What goes in stands in RECIPE, a bundle.yaml.
set -eu
exec coderev bundle create "$@"
