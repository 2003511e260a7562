"""What a proof finds: a claim about a city's data that does not hold, is not proved, or is worth knowing; and a witness."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flows.facts import Facts
from flows.rules import Rule, Status

Grade = Literal["fault", "unproved", "note"]

Kind = Literal[
    "never_fits",  # nobody at all can meet the route
    "never_status",  # nobody gets a status that a condition gives
    "never_met",  # nobody meets a condition
    "always_met",  # everybody meets a condition: nothing hangs on it
    "never_decides",  # a list of a condition decides nobody's case
    "idle_item",  # an item of points that nobody needs
    "overlap",  # one resident meets two routes
    "differs",  # one name, two definitions
    "no_place",  # somebody whose hukou goes nowhere
    "idle_place",  # a placement that nobody gets
    "never_paper",  # a paper that nobody is asked for
    "always_paper",  # everybody is, or nobody: nothing hangs on the situation that is written with it
    "never_mover",  # somebody who can never move along in the way that is written
    "always_mover",
    "dead_end",  # neither a question nor a result
    "asks_twice",
    "nothing_to_choose",  # a question without an option
    "never_asked",  # a question that a route needs, and no talk comes to
    "never_offered",  # an option that no talk offers
    "not_exact",  # what the sheet says of a route is not what full knowledge says
    "better_missed",  # a route that is more hopeful than what the sheet says was not asked about
    "too_many",  # more states than are looked at
    "longest",
]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found. `rules`: the conditions it is about, the one at fault first, then those it is at odds with."""

    kind: Kind
    grade: Grade
    city: str
    routes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    place: int | None = None  # which placement, or which paper
    about: str = ""  # the paper, or who moves along
    fact: str = ""
    option: str = ""
    matter: str = ""
    status: Status | None = None
    questions: int = 0
    witness: Facts | None = None
    expect: Mapping[str, Status] = field(default_factory=dict)  # what full knowledge says of the witness
