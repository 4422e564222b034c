"""The taint engine's corpus: pairs of a vulnerable program and its safe twin, their truth by execution, and its score.

`corpus` reads the pairs from `corpus/LANGUAGE/{open,sealed}/CWE-N.md`; `truth_python` and `truth_javascript` run every
variant against stand-ins of its frameworks and say which payload reached which sink; `scoring` counts what an engine
found of that, with intervals; `judging` lets the engine read every variant.

The sealed third was written from the texts of the weaknesses and the documents of the frameworks before any engine
had read anything. Whoever tunes the engine does not read it. It is run at most three times; each run is a line of
`sealed-runs.md`.
"""
