"""Cities: a city's file as a Policy: its routes, topics, clauses, and how it puts the questions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from string import Formatter
from typing import TypeVar, get_args

from flows.book import Book, City, Text
from flows.facts import Fact, Lines
from flows.loading.checks import check_branches, check_glance, check_ledger, check_matters, check_pointers
from flows.loading.conditions import Conditions
from flows.loading.documents import DOCUMENTS, DRAFTS, Against
from flows.loading.families import quota_bounds, read_family
from flows.loading.meant import check_used, read_groups
from flows.loading.numbers import read_numbers
from flows.loading.outline import read_numbering
from flows.loading.questions import local_questions
from flows.loading.reader import GAPS, Reader, uncollected
from flows.loading.steering import read_steering, telling
from flows.loading.version import version_of
from flows.loading.yaml import Node
from flows.policy import Policy
from flows.routes import Basis, Clause, Document, Paper, Placement, Route, Topic
from flows.rules import STATUS, AllOf, Rule

PLACES = (
    "home origin employer actual-residence school school-collective elders-hukou-place chinese-parent-hukou-place "
    "public-collective-household five-choices kin-friend unit-collective talent-collective community-collective "
    "host-household service-centre-or-origin local-rules"
).split()
BASES: tuple[Basis, ...] = get_args(Basis)
ROUTE_KEYS = (
    "from until title search glance clause matters grounds exempt department office needs placements family papers doing "
    "answers station steps asks never_mind not_written notes general"
).split()
SENTENCES = "doing station steps asks never_mind not_written notes general".split()  # of a route
ANSWERS = (*STATUS[:4], "not_governed", "ahead")  # for which a route may have first sentences of its own
TOPIC_KEYS = "title search clause department when mention says papers general".split()
DOCUMENT_KEYS = "title number issued from until detailed_rules".split()
CITY_KEYS = (
    "city name document numbering numbers groups definitions about counties questions wording words order inferred narrowed "
    "not_in_document silent refused every_route routes topics clauses"
).split()

Cites = TypeVar("Cites", Route, Topic)


def where_written(city: str, draft: str) -> str:
    return f"{DRAFTS}/{city}/{city}.yaml" if city == draft else f"{city}.yaml"


def where_worded(folder: Traversable, city: str, draft: str) -> str:
    """The text of its document: a draft's own, if there is one, or if there is no other."""
    own, other = f"{DRAFTS}/{city}/{city}.txt", f"{DOCUMENTS}/{city}.txt"
    return own if city == draft and ((folder / own).is_file() or not (folder / other).is_file()) else other


@uncollected()
def read_city(folder: Traversable, draft: str, book: Book, city: str) -> City:
    """The city of a book. `draft`: the city whose file is among the drafts."""
    reader = Reader(folder, where_written(city, draft), as_of=book.as_of)
    entry = reader.fields(reader.root, CITY_KEYS, ["city", "name", "document", "counties", "routes", "topics", "clauses"])
    if reader.word(entry.get("city")) != city:
        reader.problem(entry.get("city", reader.root), "city 和文件名不一致", f"写成 {city}")
    conditions = _conditions(reader, entry, book)
    facts = conditions.facts
    entries = _Entries(reader, book, facts, conditions, reader.list(entry.get("every_route")))
    steering = read_steering(conditions, entry, facts)
    routes = entries.citing(f"{city}.", entry.get("routes"), entries.route)
    topics = entries.citing("", entry.get("topics"), entries.topic)
    silent, refused = (entries.by_matter(entry.get(key)) for key in ("silent", "refused"))
    in_force = {route: found for route, found in routes.items() if route not in entries.off}
    check_matters(reader, entry, facts["matter"].options, in_force if entries.document_is_on(entry) else routes, silent)
    check_pointers(reader, entries.conditions.pointers, [route.removeprefix(f"{city}.") for route in routes])
    clauses = tuple(entries.clause(node, city, routes, topics) for node in reader.list(entry.get("clauses")))
    check_ledger(reader, entry, routes, topics, clauses)
    policy = Policy(
        city=city,
        name=reader.text(entry.get("name")),
        document=entries.document(entry.get("document")),
        version="",
        about=reader.text_list(entry.get("about")),
        facts=facts,
        order={**book.steering.order, **steering.order},
        inferences=(*steering.inferences, *book.steering.inferences),
        narrowings=(*steering.narrowings, *book.steering.narrowings),
        silent=silent,
        refused=refused,
        not_in_document=entries.not_in_document(entry.get("not_in_document")),
        routes=in_force,
        topics=topics,
        clauses=clauses,
    )
    policy = _settled(policy, book)
    check_used(reader, entry, conditions.numbers, conditions.groups)
    against = _against(folder, where_worded(folder, city, draft), policy, entries, entry)
    reader.done()
    return City(policy, tuple(reader.texts), against.problems, entries.document_is_on(entry), frozenset(reader.days))


def _settled(policy: Policy, book: Book) -> Policy:
    """With what does follow from an answer there, and by what the whole of it is known."""
    policy = replace(policy, inferences=telling(policy))
    return replace(policy, version=version_of(policy, book))


def _against(folder: Traversable, text: str, policy: Policy, entries: "_Entries", entry: Mapping[str, Node]) -> Against:
    """What the file says of its document, to be compared with it. `text`: where that is."""
    reader = entries.reader
    numbering = read_numbering(reader, entry.get("numbering"))
    lines = {**(reader.root.key_lines or {}), **((entry["document"].key_lines if "document" in entry else None) or {})}
    return Against(folder, reader.file, text, policy, numbering, entries.ledger, entries.cited, reader.texts, lines, entries.book)


def _conditions(reader: Reader, entry: Mapping[str, Node], book: Book) -> Conditions:
    """What conditions are read with: the questions as the city puts them, and what it has given a name."""
    numbers = read_numbers(reader, entry.get("numbers"), book.facts)
    facts = local_questions(reader, entry, book.facts, numbers.amounts(book.facts, quota_bounds(entry, numbers)))
    groups = read_groups(reader, entry.get("groups"), facts, numbers)
    return Conditions(reader, facts, numbers, groups, dict(reader.items(entry.get("definitions"))))


class _Entries:
    """Reads the entries of a city's file. Long, as each kind of entry has its own few lines."""

    def __init__(
        self, reader: Reader, book: Book, facts: Mapping[str, Fact], conditions: Conditions, every_route: list[Node]
    ) -> None:
        self.reader = reader
        self.book = book
        self.facts = facts
        self.conditions = conditions
        self.every_route = every_route  # of this city
        self.ledger: list[Text] = []  # the clauses of the list, where each stands
        self.cited: list[tuple[str, Text]] = []  # route or topic -> a clause that it cites
        self.off: set[str] = set()  # routes that are not in force

    def document(self, node: Node | None) -> Document:
        entry = self.reader.fields(node, DOCUMENT_KEYS, ["title"]) if node else {}
        issued, period = self.reader.day(entry.get("issued")), self.reader.period(node)
        rules = self.reader.one_of(entry.get("detailed_rules"), ["yes"], "写法") == "yes"
        return Document(self.reader.text(entry.get("title")), self.reader.word(entry.get("number")), issued, *period, rules)

    def document_is_on(self, entry: Mapping[str, Node]) -> bool:
        """Whether the document is in force."""
        return self.reader.in_force(entry.get("document"))

    def citing(self, prefix: str, node: Node | None, read: Callable[[str, Node], Cites]) -> dict[str, Cites]:
        """Routes or topics, by their ids; what each of them cites is noted."""
        found = {}
        for short, item in self.reader.items(node):
            self.reader.citations.clear()
            found[prefix + short] = read(prefix + short, item)
            self.cited += [(prefix + short, text) for text in self.reader.citations]
        return found

    def route(self, route: str, node: Node) -> Route:
        entry = self.reader.fields(node, ROUTE_KEYS, ["title", "clause", "matters", "needs"])
        check_glance(self.reader, node, route, entry.get("glance"))
        common = self.common(entry.get("exempt"))
        needs = self.reader.list(entry.get("needs"))
        own = self.conditions.in_force(needs)
        if self.reader.in_force(node):
            check_branches(self.reader, [item for item in needs if self.reader.in_force(item)], own)
        else:
            self.off.add(route)
        if not needs:
            self.reader.problem(node, f"{route} 没有条件", "在 needs 下面写上条件", "needs")
        elif not own and route not in self.off:
            self.reader.problem(node, f"{route} 的条件{self.conditions.when_none}", "补上接着生效的条件，或者给途径也写上日期")
        return Route(
            id=route,
            title=self.reader.text(entry.get("title")),
            glance=self.reader.text(entry.get("glance")),
            clause=self.reader.citation(entry.get("clause")),
            matters=frozenset(self.reader.some_of(entry.get("matters"), self.facts["matter"].options, "事项（matter）")),
            grounds=frozenset(self.reader.some_of(entry.get("grounds"), self.facts["ground"].options, "条件（ground）")),
            department=self.reader.text(entry.get("department")),
            office=self.reader.text(entry.get("office")),
            needs=AllOf((*own, *common)),
            placements=tuple(self.placement(item) for item in self.reader.list(entry.get("placements"))),
            family=read_family(self.conditions, entry["family"]) if "family" in entry else None,
            papers=tuple(self.paper(item) for item in self.reader.list(entry.get("papers"))),
            answers={answer: self.answer(item) for answer, item in self.reader.fields(entry["answers"], ANSWERS).items()}
            if "answers" in entry
            else {},
            **{key: self.conditions.lines(entry.get(key)) for key in SENTENCES},
            search=self.reader.search_words(entry.get("search")),
        )

    def common(self, exempt: Node | None) -> tuple[Rule, ...]:
        """The conditions of every route, of the city's before those of all cities, without those of which it is exempt."""
        every = (*map(self.conditions.rule, self.every_route), *self.book.every_route)
        without = self.reader.some_of(exempt, [need.fact for rule in every for need in rule.leaves()], "通用条件")
        return tuple(rule for rule in every if not any(need.fact in without for need in rule.leaves()))

    def answer(self, node: Node) -> Lines:
        """A route's own first sentences: their gaps are filled by the program."""
        lines = self.conditions.lines(node)
        may = f"可以用：{'、'.join(f'{{{one}}}' for one in sorted(GAPS))}"
        for line in lines:
            try:
                gaps = {name for _, name, _, _ in Formatter().parse(line.says) if name is not None}
            except ValueError:
                self.reader.problem(node, "有一个花括号没有成对", may)
            else:
                for gap in gaps - GAPS:
                    self.reader.problem(node, f"没有 {{{gap}}} 这个空", may)
        return lines

    def by_matter(self, node: Node | None) -> dict[str, Lines]:
        """Matter -> what is said of it."""
        return {matter: self.conditions.lines(item) for matter, item in self.reader.items(node)}

    def not_in_document(self, node: Node | None) -> dict[str, Lines]:
        """What people ask and the document does not say, or says in passing; there may be a situation in which it does."""
        asked_for = (*self.book.not_in_document, *self.book.when_asked)
        entry = self.reader.fields(node, asked_for) if node else {}
        return {asked: self.conditions.lines(entry.get(asked)) for asked in asked_for}

    def placement(self, node: Node) -> Placement:
        entry = self.reader.fields(node, ["place", "when", "note", "unsaid"], ["place", "note"])
        when = self.conditions.when(entry["when"]) if "when" in entry else None
        asked = self.reader.one_of(entry.get("unsaid"), ["skip"], "写法") != "skip"
        return Placement(
            self.reader.one_of(entry.get("place"), PLACES, "落户地点"), self.reader.text(entry.get("note")), when, asked
        )

    def paper(self, node: Node) -> Paper:
        entry = self.reader.fields(node, ["paper", "basis", "when", "unless", "whose", "instead"], ["paper", "basis"])
        return Paper(
            self.reader.one_of(entry.get("paper"), self.book.papers, "材料"),
            self.basis(entry.get("basis")),
            self.conditions.when(entry["when"]) if "when" in entry else None,
            self.conditions.when(entry["unless"]) if "unless" in entry else None,
            self.conditions.lines(entry.get("whose")),
            self.conditions.lines(entry.get("instead")),
        )

    def basis(self, node: Node | None) -> Basis:
        word = self.reader.one_of(node, BASES, "依据（basis）")
        return next((basis for basis in BASES if basis == word), "implied")  # another word refuses the file

    def topic(self, topic: str, node: Node) -> Topic:
        entry = self.reader.fields(node, TOPIC_KEYS, ["title", "clause", "says"])
        return Topic(
            id=topic,
            title=self.reader.text(entry.get("title")),
            clause=self.reader.citation(entry.get("clause")),
            department=self.reader.text(entry.get("department")),
            says=self.reader.text(entry.get("says")),
            papers=tuple(self.paper(item) for item in self.reader.list(entry.get("papers"))),
            general=self.conditions.lines(entry.get("general")),
            when=self.conditions.when(entry["when"]) if "when" in entry else None,
            mention=self.conditions.lines(entry.get("mention")),
            search=self.reader.search_words(entry.get("search")),
        )

    def clause(self, node: Node, city: str, routes: Mapping[str, Route], topics: Mapping[str, Topic]) -> Clause:
        entry = self.reader.fields(node, ["clause", "routes", "topics", "administrative"], ["clause"])
        if ("administrative" in entry) == ("routes" in entry or "topics" in entry):
            self.reader.problem(node, "每一条要么写 routes、topics，要么写 administrative", "二选一")
        short = [route.removeprefix(f"{city}.") for route in routes]
        self.ledger += [Text(self.reader.file, item.line, self.reader.word(item)) for item in [entry.get("clause")] if item]
        return Clause(
            self.reader.word(entry.get("clause")),
            tuple(f"{city}.{route}" for route in self.reader.some_of(entry.get("routes"), short, "途径")),
            self.reader.some_of(entry.get("topics"), topics, "专题"),
            self.reader.word(entry.get("administrative")),
        )
