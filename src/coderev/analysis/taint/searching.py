"""Regular expressions: what they are made of, what a match proves, and what is left where something was replaced."""

from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.later import Known
from coderev.analysis.taint.memory import cells, put, reaching
from coderev.analysis.taint.patterns import cleared_by, cleared_by_group, cleared_without, removed_by, without
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import UNKNOWN, Fact, Library, Object, Value, cleaned, constant, union


def pattern_of(run: Run, value: Value) -> str | None:
    """The text of a compiled pattern."""
    for site in value.sites:
        if isinstance(site, Object) and site.key[-1] == "pattern":
            text = cells(run, site).get("source")
            return text.text if text is not None else None
    return None


def flags_of(run: Run, value: Value) -> str:
    """The flags of a compiled pattern."""
    for site in value.sites:
        if isinstance(site, Object) and site.key[-1] == "pattern":
            text = cells(run, site).get("flags")
            return (text.text or "") if text is not None else ""
    return ""


def _compiled(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    pattern = given.at(0, "pattern") or UNKNOWN
    name = "RegExp" if run.file.is_script else "re.Pattern"
    site = Object((*run.key, node.start, "pattern"), "instance", Library(name))
    put(run, site, "source", Value(constants=pattern.constants))
    if run.file.is_script:
        put(run, site, "flags", given.at(1) or constant(""))
    return Value(sites=(site,), taint=pattern.taint)


def _matched(*, whole: bool) -> Known:
    def known(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
        pattern = pattern_of(run, receiver) if receiver is not None else None
        value = given.at(0, "string")
        if pattern is None:
            written = given.at(0, "pattern") or UNKNOWN
            pattern = written.text if written.text is not None else pattern_of(run, written)
            value = given.at(1, "string")
        if value is None:
            return UNKNOWN
        clears = cleared_by(pattern, whole=whole) if pattern is not None else 0
        lacking = cleared_without(removed_by(pattern)) if pattern is not None and not whole else 0
        if lacking and value.taint:
            narrowed = value.but(taint=cleaned(value.taint, lacking))
            return _match(run, value, pattern, 0, node).but(facts=(Fact(on=False, value=value, narrowed=narrowed),))
        return _match(run, value, pattern, clears, node)

    return known


def _begun(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """`re.match`: from the beginning, so only the end must be anchored."""
    pattern_value = (
        receiver if receiver is not None and pattern_of(run, receiver) is not None else given.at(0, "pattern")
    )
    own = receiver is not None and pattern_of(run, receiver) is not None
    value = given.at(0 if own else 1, "string")
    if pattern_value is None or value is None:
        return UNKNOWN
    pattern = pattern_of(run, pattern_value) or pattern_value.text
    clears = cleared_by(f"^{pattern.removeprefix('^')}", whole=False) if pattern is not None else 0
    return _match(run, value, pattern, clears, node)


def _match(run: Run, value: Value, pattern: str | None, clears: int, node: Node) -> Value:
    """What a pattern found: true only where the value is harmless in the contexts `clears`."""
    taint = cleaned(value.taint, clears)
    facts = (Fact(on=True, value=value, narrowed=value.but(taint=taint)),) if clears and value.taint else ()
    if run.file.is_script or pattern is None:
        return Value(taint=taint, facts=facts)
    site = Object((*run.key, node.start, "match"), "instance", Library("re.Match"), many=run.loops > 0)
    put(run, site, "source", constant(pattern))
    return Value(taint=taint, sites=(site,), facts=facts)


def _group(run: Run, receiver: Value | None, given: Given, _: Node) -> Value:
    """`match.group(1)`: text of the characters that the group takes."""
    if receiver is None:
        return UNKNOWN
    name = given.at(0)
    found = [cells(run, site).get("source") for site in receiver.sites if isinstance(site, Object)]
    pattern = found[0].text if len(found) == 1 and found[0] is not None else None
    clears = 0
    if pattern is not None and len(given.positional) <= 1:
        clears = cleared_by_group(pattern, 0 if name is None else name.literal)
    return Value(taint=cleaned(receiver.taint, clears), kind="text")


def _substituted(run: Run, receiver: Value | None, given: Given, _: Node) -> Value:
    own = pattern_of(run, receiver) if receiver is not None else None
    pattern, new, value = (
        (own, given.at(0, "repl"), given.at(1, "string"))
        if own is not None
        else (_written(run, given.at(0, "pattern")), given.at(1, "repl"), given.at(2, "string"))
    )
    if value is None:
        return UNKNOWN
    replacement = new or UNKNOWN
    gone = frozenset[int]()
    if pattern is not None and replacement.text is not None:
        gone = without(value.without, removed_by(pattern), replacement.text)
    taint = union(cleaned(reaching(run, value), cleared_without(gone)), replacement.taint)
    return Value(taint=taint, kind="text", without=gone)


def _written(run: Run, value: Value | None) -> str | None:
    return None if value is None else value.text if value.text is not None else pattern_of(run, value)


SEARCHING: dict[str, Known] = {
    **dict.fromkeys(("re.compile", "RegExp"), _compiled),
    **dict.fromkeys(("re.fullmatch", "re.Pattern.fullmatch"), _matched(whole=True)),
    **dict.fromkeys(("re.match", "re.Pattern.match"), _begun),
    **dict.fromkeys(("re.search", "re.Pattern.search"), _matched(whole=False)),
    **dict.fromkeys(("re.sub", "re.Pattern.sub"), _substituted),
    **dict.fromkeys(("re.Match.group", "re.Match.__getitem__"), _group),
}
