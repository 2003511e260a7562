"""Decision diagrams over answers: what something comes to for everybody, alike cases joined; and the fewest conditions for it."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.facts import Answer, Facts

Cube = Mapping[str, frozenset[int]]
"""A class of residents: of each fact the answers (by their places) that they have; what is not named may be anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A fact (by its place) and what follows for each of its answers; or a leaf, with what it comes to."""

    place: int
    below: tuple["Node", ...]
    value: Hashable = None


class Diagrams:
    """The diagrams over some facts: two that come to the same are the same node."""

    def __init__(self, answers: Mapping[str, tuple[Answer | None, ...]]) -> None:
        self.answers = answers
        self.names = tuple(answers)
        self._nodes: dict[Hashable, Node] = {}

    # ---- making them ----

    def leaf(self, value: Hashable) -> Node:
        return self._nodes.setdefault(("leaf", value), Node(len(self.names), (), value))

    def node(self, place: int, below: tuple[Node, ...]) -> Node:
        if all(one is below[0] for one in below):
            return below[0]
        return self._nodes.setdefault((place, *map(id, below)), Node(place, below))

    def table(self, facts: Iterable[str], worth: Callable[[Facts], Hashable]) -> Node:
        """What a function of some facts comes to."""
        named = set(facts)
        places = [place for place, name in enumerate(self.names) if name in named]

        def below(known: dict[str, Answer], depth: int) -> Node:
            if depth == len(places):
                return self.leaf(worth(known))
            name = self.names[places[depth]]
            branches = [{**known, name: one} if one is not None else known for one in self.answers[name]]
            return self.node(places[depth], tuple(below(branch, depth + 1) for branch in branches))

        return below({}, 0)

    def join(self, worth: Callable[..., Hashable], *nodes: Node) -> Node:
        """What a function of what several come to comes to."""
        seen: dict[tuple[int, ...], Node] = {}

        def joined(*some: Node) -> Node:
            key = tuple(map(id, some))
            if key not in seen:
                place = min(one.place for one in some)
                if place == len(self.names):
                    seen[key] = self.leaf(worth(*(one.value for one in some)))
                else:
                    count = range(len(self.answers[self.names[place]]))
                    branches = ([one.below[at] if one.place == place else one for one in some] for at in count)
                    seen[key] = self.node(place, tuple(joined(*branch) for branch in branches))
            return seen[key]

        return joined(*nodes)

    def of_cube(self, cube: Cube) -> Node:
        """Whether somebody is of a class."""
        made = self.leaf(True)
        for place, name in reversed(tuple(enumerate(self.names))):
            if name in cube:
                few = range(len(self.answers[name]))
                made = self.node(place, tuple(made if at in cube[name] else self.leaf(False) for at in few))
        return made

    # ---- reading them ----

    def leaves(self, node: Node, cube: Cube | None = None) -> set[Hashable]:
        """All that it comes to, for those of a class."""
        found: set[Hashable] = set()
        seen: set[int] = set()
        ahead = [node]
        while ahead:
            one = ahead.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            if not one.below:
                found.add(one.value)
            else:
                few = cube.get(self.names[one.place]) if cube else None
                ahead += one.below if few is None else [one.below[at] for at in few]
        return found

    def a_class(self, node: Node) -> dict[str, frozenset[int]] | None:
        """Some for whom it comes to something that is true, as few facts named as one path has; None if there are none."""
        if not node.below:
            return {} if node.value else None
        for one in node.below:
            if (rest := self.a_class(one)) is not None:
                alike = frozenset(at for at, other in enumerate(node.below) if other is one)
                return {self.names[node.place]: alike, **rest}
        return None

    def share(self, node: Node, weights: Mapping[str, tuple[int, ...]]) -> float:
        """Of all combinations of answers those for which it is true."""
        seen: dict[int, float] = {}

        def of(one: Node) -> float:
            if not one.below:
                return 1.0 if one.value else 0.0
            if id(one) not in seen:
                mine = weights[self.names[one.place]]
                seen[id(one)] = sum(weight * of(two) for weight, two in zip(mine, one.below, strict=True) if weight) / sum(mine)
            return seen[id(one)]

        return of(node)

    # ---- few conditions ----

    def cover(self, node: Node, wanted: Hashable, free: Collection[Hashable]) -> list[dict[str, frozenset[int]]]:
        """Classes that together are all for whom it comes to what is wanted, and nobody else but those who do not count."""
        goal = self.join(lambda value: value == wanted, node)
        allowed = {wanted, *free}
        cubes: list[dict[str, frozenset[int]]] = []
        left = goal
        while (some := self.a_class(left)) is not None:
            cubes.append(self._widened(node, some, allowed))
            left = self.join(lambda one, gone: one and not gone, left, self.of_cube(cubes[-1]))
        return list(self._needed(goal, cubes))

    def tight(self, node: Node, wanted: Hashable, cube: Cube) -> dict[str, frozenset[int]]:
        """The class, of its conditions only the answers that somebody has for whom it comes to what is wanted."""
        for name, few in cube.items():
            some = frozenset(at for at in few if wanted in self.leaves(node, {**cube, name: frozenset((at,))}))
            cube = {**cube, name: some}
        return dict(cube)

    def _widened(self, node: Node, cube: dict[str, frozenset[int]], allowed: set[Hashable]) -> dict[str, frozenset[int]]:
        """The class with as few conditions as will do."""
        for name in reversed(tuple(cube)):
            if self.leaves(node, less := {one: few for one, few in cube.items() if one != name}) <= allowed:
                cube = less
        for name in tuple(cube):
            for at in range(len(self.answers[name])):
                more = {**cube, name: cube[name] | {at}}
                if at not in cube[name] and self.leaves(node, more) <= allowed:
                    cube = more
        return cube

    def _needed(self, goal: Node, cubes: list[dict[str, frozenset[int]]]) -> Iterator[dict[str, frozenset[int]]]:
        """Those of the classes that are not all in others."""
        kept = list(cubes)
        for cube in cubes:
            left = goal
            for other in (one for one in kept if one is not cube):
                left = self.join(lambda one, gone: one and not gone, left, self.of_cube(other))
            if self.leaves(left) == {False}:
                kept = [one for one in kept if one is not cube]
        yield from kept
