"""A small world for Python programs: stand-ins of frameworks and sinks, payloads, and what a change of structure is.

How a variant is judged (`running`): its files are loaded anew for each request; the stand-ins tell `world` of their
entries (routes, views) and of what reaches their sinks. First come requests with harmless values, whose records show
what structure the program's own text has; then come the payloads of the weakness, in every key that the program reads.

**To add a weakness**, write `weaknesses/cwe_N.py` with `WEAKNESS = Weakness(cwe="CWE-N", kinds=…, payloads=…,
harmful=…)` (`weakness.py` says what each is). Nothing else: modules of that folder are found by their being there.
Payloads hold `MARK`, so that a record that holds it came from the request. Where a value alone is wrong (a cookie
without `secure`), payloads are `("7",)` and `harmful` looks at the record only.

**To add a framework or library**, write `modules/NAME.py` (or `modules/NAME/__init__.py`): that folder comes first on
`sys.path` of the judging process, so `import NAME` finds it. It imports
`from benchmarks.taint.worlds_python.world import world` and tells what reached a sink by
`world.record(kind, "NAME.function", value)`; reads the request by `world.value(source, key)` or a `Given(source)`; and
a framework tells of its entries by `world.enter(name, methods, call)`. Entries that are known by what a module holds
(`urlpatterns`, subclasses) are found by a function that is appended to `world.finders`. What must be remembered within
a run goes into `world.state`, which is emptied before each. `modules/permissive.py` has an object that takes anything,
for what need not be modelled.

**To replace something of the standard library**, write `library/NAME.py` with `def install() -> None`, which sets the
module's attributes. All are installed once, after the stand-ins are loaded, in the process that judges. An audit hook
(`guard.py`) refuses every real process, connection and file outside of Python's own, so what is not replaced fails.
"""
