"""Conditions: what a `when` accepts, and a need as a table with the verdict for every answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from flows.amounts import shown
from flows.facts import UNSAID, UNSURE, Answer, Fact, Line, Lines, When
from flows.loading.meant import Groups, Meant
from flows.loading.numbers import NO_NUMBERS, Numbers
from flows.loading.reader import OVER, Reader
from flows.loading.yaml import Node
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, AllOf, AnyOf, Need, Points, Rule, Texts

# list of a need -> its verdict and the texts that must stand beside it; the order is the order of trying
VERDICTS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "met": (FITS, ()),
    "curable": (FITS_IF, ("cure",)),
    "local_rules": (LOCAL_RULES, ("detail",)),
    "ambiguous": (AMBIGUOUS, ("unclear", "question")),
    "elsewhere": (NOT_GOVERNED, ("governed",)),
    "unmet": (NONE, ()),
}
NEED_KEYS = (
    "from until when fact says lack find_out clause met curable cure local_rules detail ambiguous unclear question "
    "elsewhere governed unmet otherwise fixed ahead unsaid"
).split()
POINTS_KEYS = ["from", "until", "points", "says", "lack", "find_out", "clause", "otherwise", "fixed"]
GROUP_KEYS = ["from", "until", "any", "all", "says", "lack", "find_out", "clause", "otherwise", "fixed"]
LINE_KEYS = ["when", "says", "see"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads the conditions of a file, on the questions as that file knows them. Long, as each kind has a few lines of its own."""

    reader: Reader
    facts: Mapping[str, Fact]
    numbers: Numbers = NO_NUMBERS
    groups: Groups = field(default_factory=dict)
    definitions: Mapping[str, Node] = field(default_factory=dict)  # conditions under a name
    pointers: list[tuple[Node, str]] = field(default_factory=list)  # where a sentence points to a route, to be checked
    within: list[str] = field(default_factory=list)  # the definitions that are being read

    @property
    def meant(self) -> Meant:
        return Meant(self.reader, self.numbers, self.groups)

    def lines(self, node: Node | None) -> Lines:
        """A sentence; or a list of sentences, each plain or with `when` it is said and which routes it points to (`see`)."""
        if node is None:
            return ()
        if isinstance(node.value, str):
            return (Line(self.reader.text(node)),)
        return tuple(self._line(item) for item in self.reader.list(node))

    def _line(self, node: Node) -> Line:
        if isinstance(node.value, str):
            return Line(self.reader.text(node))
        entry = self.reader.fields(node, LINE_KEYS, ["says"])
        see = tuple(self.reader.word(item) for item in self.reader.list(entry.get("see")))
        self.pointers.extend((node, route) for route in see)
        when = self.when(entry["when"]) if "when" in entry else None
        return Line(self.reader.text(entry.get("says")), when, see)

    def situations(self, node: Node | None) -> tuple[When, ...]:
        """A situation, or a list of them."""
        if node is None:
            return ()
        return tuple(map(self.when, node.value)) if isinstance(node.value, list) else (self.when(node),)

    def when(self, node: Node) -> When:
        accepted = []
        if not node.value:
            self.reader.problem(node, "when 是空的", "写上条件，或者去掉 when")
        for fact, values in self.reader.items(node):
            if fact not in self.facts:
                self.reader.unknown(node, fact, self.facts, f"没有 {fact} 这件事", fact)
                continue
            if not values.value:
                self.reader.problem(node, f"{fact} 没有写任何选项", "写上选项，或者去掉这一行", fact)
            accepted.append((fact, self.meant.answers(self.facts[fact], values, extra=(UNSAID, UNSURE))))
        return When(tuple(accepted))

    def in_force(self, items: Iterable[Node], clause: str = "") -> tuple[Rule, ...]:
        """The rules that are, on the day that is looked at; all are read."""
        read = [(item, self.rule(item, clause)) for item in items]
        return tuple(rule for item, rule in read if self.reader.in_force(item))

    @property
    def when_none(self) -> str:
        return f"在 {self.reader.as_of.rstrip(OVER)}{' 以后' if self.reader.as_of.endswith(OVER) else ''} 一个也不生效"

    def rule(self, node: Node, clause: str = "") -> Rule:
        """`clause`: that of the group around it, if it stands in one."""
        keys = node.value if isinstance(node.value, dict) else {}
        if "is" in keys:
            return self._defined(node, clause)
        if "points" in keys:
            return self._points(node, clause)
        if "any" in keys or "all" in keys:
            return self._group(node, clause)
        return self._need(_in_full(node), clause)

    def _points(self, node: Node, clause: str) -> Rule:
        """Items that give points for their answers, and how many are enough."""
        entry = self.reader.fields(node, POINTS_KEYS, ["points"] if clause else ["points", "says", "clause"])
        points = self.reader.fields(entry["points"], ["at_least", "items"], ["at_least", "items"])
        at_least = self.meant.number(points.get("at_least"), "门槛")
        items = tuple(self._item(item) for item in self.reader.list(points.get("items")))
        rule = Points(tuple(one for one in items if one.points), at_least, self._rule_texts(entry, clause))
        if not rule.items or rule.score({})[1] < at_least or rule.score({})[0] >= at_least:
            least, most = map(shown, rule.score({}))
            what = f"各项加起来最少 {least} 分，最多 {most} 分，{shown(at_least)} 分的门槛分不出人"
            self.reader.problem(node, what, "核对各项的分和门槛", "points")
        return rule

    def _item(self, node: Node) -> Need:
        """What every answer to a question gives."""
        entry = self.reader.fields(node, ["fact", "gives"], ["fact", "gives"])
        fact = self.facts.get(self.reader.one_of(entry.get("fact"), self.facts, "事（fact）"))
        points: dict[Answer, Fraction] = {}
        if fact is not None and "gives" in entry:
            points = self.meant.points(node, fact, entry["gives"])
        table: dict[Answer | None, int] = {None: OPEN, UNSURE: FITS_IF}
        table |= dict.fromkeys(points, FITS)
        return Need(fact.id if fact else "", table, Texts(), points=points)

    def _defined(self, node: Node, clause: str) -> Rule:
        """A condition that the city has given a name: read where it is used, as if it stood there."""
        entry = self.reader.fields(node, ["from", "until", "is"])
        name = self.reader.one_of(entry.get("is"), self.definitions, "定义（definitions）")
        if name in self.within:
            self.reader.problem(node, f"{name} 套着它自己", "定义里不写它自己")
        self.reader.used.add(f"definitions {name}")
        if name in self.within or name not in self.definitions:
            return Need("", {None: OPEN}, Texts())
        self.within.append(name)
        rule = self.rule(self.definitions[name], clause)
        self.within.pop()
        return rule

    def _group(self, node: Node, clause: str) -> Rule:
        required = [] if clause else ["says", "clause"]
        entry = self.reader.fields(node, GROUP_KEYS, required)
        if "any" in entry and "all" in entry:
            self.reader.problem(node, "any 和 all 不能写在同一层", "分成两个条件")
        texts = self._rule_texts(entry, clause)
        kind = "any" if "any" in entry else "all"
        items = self.reader.list(entry.get(kind))
        if len(items) < 2:
            self.reader.problem(node, f"{kind} 下面至少要有两个条件", "只有一个就直接写")
        needs = self.in_force(items, texts.clause or "?")
        if items and not needs:
            self.reader.problem(node, f"{kind} 下面的条件{self.when_none}", "补上接着生效的条件，或者给这一组也写上日期")
        return AnyOf(needs, texts) if kind == "any" else AllOf(needs, texts)

    def _need(self, node: Node, clause: str) -> Need:
        inner = bool(clause)
        entry = self.reader.fields(node, NEED_KEYS, ["fact"] if inner else ["fact", "says", "clause"])
        fact = self.facts.get(self.reader.one_of(entry.get("fact"), self.facts, "事（fact）"))
        when = self.when(entry["when"]) if "when" in entry else None
        if fact is None:
            return Need("", {None: OPEN}, Texts(), when)
        for key, (_, beside) in VERDICTS.items():
            for text in beside:
                if (key in entry) != (text in entry):
                    have, lack = (key, text) if key in entry else (text, key)
                    self.reader.problem(node, f"写了 {have}，缺少 {lack}", "补上，或者去掉")
        unsaid = self.reader.one_of(entry.get("unsaid"), ["met"], "写法")
        table: dict[Answer | None, int] = {None: FITS if unsaid else OPEN, UNSURE: FITS_IF}
        table |= self.meant.table(
            node, fact, {key: (entry[key], verdict) for key, (verdict, _) in VERDICTS.items() if key in entry}
        )
        asked = fact.ask_when if unsaid else ()
        ahead = {stage: self._later(entry["ahead"], fact, stage, node) for stage, node in self.reader.items(entry.get("ahead"))}
        return Need(fact.id, table, self._rule_texts(entry, clause), when, asked, ahead)

    def _later(self, entry: Node, fact: Fact, stage: str, node: Node) -> Answer:
        """What a stage that lies ahead will be."""
        for option, where in ((stage, entry), (self.reader.word(node), node)):
            if option not in fact.options:
                self.reader.unknown(where, option, fact.options, f"{fact.id} 没有 {option} 这个选项", option)
        return self.reader.word(node)

    def _rule_texts(self, entry: Mapping[str, Node], clause: str) -> Texts:
        lines = {key: self.lines(entry.get(key)) for key in ("cure", "detail", "unclear", "question", "governed", "otherwise")}
        return Texts(
            says=self.reader.text(entry.get("says")),
            clause=self.reader.citation(entry.get("clause")) or clause,
            lack=self.reader.text(entry.get("lack")),
            find_out=self.reader.text(entry.get("find_out")),
            fixed=bool(self.reader.one_of(entry.get("fixed"), ["yes"], "写法")),
            **lines,
        )


def _in_full(node: Node) -> Node:
    """`at_least: {years_here: settle}` as it is written in full: the fact, met from there on, unmet what is left."""
    keys = node.value if isinstance(node.value, dict) else {}
    bound = next((key for key in ("at_least", "below") if key in keys), "")
    named = keys[bound].value if bound else None
    if not isinstance(named, dict) or len(named) != 1 or not keys.keys().isdisjoint(("fact", "met")):
        return node
    ((fact, threshold),) = named.items()
    full = {key: item for key, item in keys.items() if key != bound}
    full["fact"] = Node(fact, keys[bound].line)
    full["met"] = Node([Node(f"{bound} {threshold.value}", threshold.line)], threshold.line)
    if not any(keys[key].value == "others" for key in VERDICTS if key in keys):
        full["unmet"] = Node("others", node.line)
    ordered = {key: full[key] for key in (*NEED_KEYS, *full) if key in full}
    return Node(ordered, node.line, key_lines=node.key_lines)
