"""One finding for each rule and statement that values flow into, however many ways lead there. Pure.

Two flows that only differ in their middle are one, before anybody compares base and head; two that come from
different sources are compared apart, and told together.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from msgspec.structs import replace

from coderev.analysis.places import Place, Seen

PlaceJudged = tuple[Place, bool]  # and whether it is new


def one_for_each_origin(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places of one side of a file, with the shortest of the flows that share both ends."""
    gathered = _gathered([(place, False) for place in places], lambda place: (place.origin, *_sink(place)))
    return tuple(place for place, _ in gathered)


def one_for_each_sink(judged: Iterable[PlaceJudged]) -> list[PlaceJudged]:
    """The places of one side of a file, with one flow for each sink: the shortest new one, or else a touched one."""
    return _gathered(list(judged), _sink)


def _sink(place: Place) -> tuple[Hashable, ...]:
    return place.rule_id, place.unit, place.key, place.statement


def _gathered(judged: Sequence[PlaceJudged], key: Callable[[Place], Hashable]) -> list[PlaceJudged]:
    """Places in their order; of flows that share a key, the first by rank stands where it is, and for the others."""
    flows: defaultdict[Hashable, list[PlaceJudged]] = defaultdict(list)
    for each in judged:
        if each[0].origin:
            flows[key(each[0])].append(each)
    kept: dict[int, PlaceJudged] = {}
    for together in flows.values():
        first, is_new = min(together, key=_rank)
        more = sum(1 + place.more for place, _ in together) - 1
        kept[id(first)] = replace(first, more=more, seen=_with_touch(together, first)), is_new
    return [kept.get(id(place), (place, is_new)) for place, is_new in judged if not place.origin or id(place) in kept]


def _rank(judged: PlaceJudged) -> tuple[object, ...]:
    place, is_new = judged
    sighting = place.seen.sighting
    return not is_new, not sighting.touched, len(sighting.flow), *place.order


def _with_touch(together: Sequence[PlaceJudged], first: Place) -> Seen:
    touched = any(place.seen.sighting.touched for place, _ in together)
    return replace(first.seen, sighting=replace(first.seen.sighting, touched=touched))
