"""The book: the policies as loaded, and the faults of files that cannot be. It opens no file itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from flows.facts import UNSURE, Answer, Fact, Inference, Narrowing, NotUnderstood, nearest
from flows.policy import Policy
from flows.rules import Rule

LAST_DAY = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people in a policy file, where it stands."""

    file: str
    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a policy file: where, what, and how to mend it."""

    file: str
    line: int
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" + (f"。{self.mend}" if self.mend else "")


class PolicyError(Exception):
    """The policy files cannot be used; `problems` lists every fault found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class City:
    """A policy and the texts of its file."""

    policy: Policy
    texts: tuple[Text, ...]
    against_document: Callable[[], Iterable[Problem]]  # reads the document: where the file says otherwise
    in_force: bool = True  # whether its document is, on the book's day
    days: frozenset[str] = frozenset()  # on which something in it begins, or is over


@dataclass(frozen=True, slots=True)
class Steering:
    """How an interview goes: which facts come first by matter, what follows from answers, what is not offered after them."""

    order: Mapping[str, tuple[str, ...]]
    inferences: tuple[Inference, ...]
    narrowings: tuple[Narrowing, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is to be known of all cities at once, so that nobody reads one for it."""

    turning_days: tuple[str, ...]  # from which on something is otherwise, in order
    versions: Mapping[str, str]  # city -> its policy's
    counties: Mapping[str, Mapping[str, str]]  # city -> county -> its name
    called: Mapping[str, Mapping[str, tuple[str, ...]]]  # city -> county -> what else people call it


@dataclass(frozen=True)
class Book:
    """All policies of a folder. A city is read when it is first asked for."""

    facts: Mapping[str, Fact]
    stages: Mapping[str, str]
    papers: Mapping[str, str]
    paper_helps: Mapping[str, str]  # paper -> what counts as it, or who issues it
    steering: Steering
    not_in_document: Mapping[str, str]  # what people ask and no document says -> how it is named in a line
    when_asked: Mapping[str, str]  # the same of what few ask -> what is said of it, to them alone
    every_route: tuple[Rule, ...]
    cities: tuple[str, ...]  # those that have a document
    texts: tuple[Text, ...]
    lines: Mapping[str, Problem]  # fact or paper -> where it stands, as the beginning of a problem
    strays: tuple[Problem, ...]  # files of no city
    drafts: tuple[str, ...]  # cities, new or to be changed, that nobody is shown yet
    read_city: Callable[["Book", str], City]
    read_heard: Callable[["Book"], object] | None = None  # the lexicon of `flows.hearing`; None without heard.yaml
    read_outside: Callable[[], object] | None = None  # the records of `flows.loading.outside`
    as_of: str = LAST_DAY  # what is in force on this day (ISO) is in it
    days: frozenset[str] = frozenset()  # on which something begins or is over in the files of no city
    known: Overview | None = None  # of a set that was read whole before, and found sound
    _read: dict[str, City] = field(default_factory=dict, init=False, repr=False, compare=False)

    def policy(self, city: Answer | None) -> Policy | None:
        """The city's policy; None for no city, `other` or `unsure`, and where no document is in force. Raises PolicyError."""
        found = self.city(city) if isinstance(city, str) and city in self.cities else None
        return found.policy if found is not None and found.in_force else None

    @cached_property
    def overview(self) -> Overview:
        """Raises PolicyError."""
        if self.known is not None:
            return self.known
        cities = self.load_all()
        counties = {city.policy.city: city.policy.facts["county"] for city in cities}
        return Overview(
            turning_days=tuple(sorted(self.days.union(*(city.days for city in cities)))),
            versions={city.policy.city: city.policy.version for city in cities},
            counties={city: fact.options for city, fact in counties.items()},
            called={city: fact.words for city, fact in counties.items()},
        )

    def city(self, city: str) -> City:
        """Raises PolicyError."""
        if city not in self._read:
            self._read.setdefault(city, self.read_city(self, city))  # two threads may read it at once
        return self._read[city]

    def load_all(self) -> tuple[City, ...]:
        """Every city; raises PolicyError with the problems of all files."""
        problems: list[Problem] = []
        for city in self.cities:
            try:
                self.city(city)
            except PolicyError as error:
                problems += error.problems
        if problems or self.strays:
            raise PolicyError([*problems, *self.strays])
        return tuple(map(self.city, self.cities))

    def fact(self, fact: str, city: Answer | None) -> Fact:
        """The question as it is put in the city."""
        return self.questions(city)[fact]

    def questions(self, city: Answer | None) -> Mapping[str, Fact]:
        """The same of all, whether or not its document is in force."""
        return self.city(city).policy.facts if isinstance(city, str) and city in self.cities else self.facts

    def clean(self, said: Mapping[str, object]) -> dict[str, Answer]:
        """Facts from a machine as clean answers; raises NotUnderstood, its `what` beginning with the fact's id."""
        facts: dict[str, Answer] = {}
        for fact, value in said.items():
            if fact not in self.facts:
                raise NotUnderstood(f"{fact[:40]} 不是我们要问的事", nearest(fact, self.facts))
            if fact != "county" and self.facts[fact].amount is None:
                facts[fact] = self.facts[fact].clean(value)
        if "county" in said:
            facts |= self._clean_county(said["county"], facts.get("city"))
        for fact in (fact for fact in said if self.facts[fact].amount is not None):
            facts |= self._clean_amount(fact, said[fact], facts.get("city"))
        return {fact: facts[fact] for fact in said if fact in facts}

    def _clean_county(self, value: object, city: Answer | None) -> dict[str, Answer]:
        """A county of another city than the chosen one says nothing about this one: it is left out."""
        known = city in self.cities
        own = self.fact("county", city) if known else replace(self.facts["county"], options=self.counties)
        if known and isinstance(value, str) and value not in (*own.options, UNSURE) and value in self.counties:
            return {}
        return {"county": own.clean(value)}

    def _clean_amount(self, fact: str, value: object, city: Answer | None) -> dict[str, Answer]:
        """A number has ranges only in a city whose document looks at it: elsewhere it is left out."""
        policy = self.policy(city)
        return {fact: policy.facts[fact].clean(value)} if policy and policy.facts[fact].options else {}

    @cached_property
    def lexicon(self) -> object:
        """What is listened for in people's own words; None without heard.yaml. Raises PolicyError."""
        return self.read_heard(self) if self.read_heard else None

    @cached_property
    def outside(self) -> object:
        """The records of what is known from outside the documents. Raises PolicyError."""
        return self.read_outside() if self.read_outside else None

    @cached_property
    def counties(self) -> Mapping[str, str]:
        """County -> its city, over all cities."""
        return {county: city for city, names in self.overview.counties.items() for county in names}
