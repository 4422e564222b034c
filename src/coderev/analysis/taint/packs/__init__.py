"""The rule packs that coderev brings: `rules.yaml` for all languages, one file for each framework."""
