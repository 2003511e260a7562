"""Conditions: what a `when` accepts, and a need as a table with the verdict for every answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from flows.facts import NOTHING, UNSAID, UNSURE, Answer, Fact, Line, Lines, When, selections
from flows.loading.reader import OVER, Reader
from flows.loading.yaml import Node
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, AllOf, AnyOf, Need, Rule, Texts

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
GROUP_KEYS = ["from", "until", "any", "all", "says", "lack", "find_out", "clause", "otherwise", "fixed"]
LINE_KEYS = ["when", "says", "see"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads the conditions of a file, on the questions as that file knows them."""

    reader: Reader
    facts: Mapping[str, Fact]
    pointers: list[tuple[Node, str]] = field(default_factory=list)  # where a sentence points to a route, to be checked

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
            accepted.append((fact, frozenset(self._answers(self.facts[fact], values, extra=(UNSAID, UNSURE)))))
        return When(tuple(accepted))

    def _answers(self, fact: Fact, node: Node, extra: Iterable[str] = ()) -> Iterator[Answer | None]:
        """The answers that a list of option ids stands for (several-valued facts: every selection with a hit)."""
        for item in self.reader.list(node):
            word = self._pattern(item, fact, extra)
            if word == UNSAID:
                yield None
            elif word == UNSURE or not fact.many:
                yield word
            else:
                yield from _selections(tuple(fact.options), word)

    def _pattern(self, node: Node, fact: Fact, extra: Iterable[str] = ()) -> str:
        word = self.reader.word(node)
        parts = [part.removeprefix("-") for part in word.split("+")] if fact.many else [word]
        valid = [*fact.options, *extra, *([NOTHING] if fact.many else [])]
        for part in parts:
            if part not in valid:
                self.reader.unknown(node, part, valid, f"{fact.id} 没有 {part} 这个选项")
        return word

    def in_force(self, items: Iterable[Node], clause: str = "") -> tuple[Rule, ...]:
        """The rules that are, on the day that is looked at; all are read."""
        read = [(item, self.rule(item, clause)) for item in items]
        return tuple(rule for item, rule in read if self.reader.in_force(item))

    @property
    def when_none(self) -> str:
        return f"在 {self.reader.as_of.rstrip(OVER)}{' 以后' if self.reader.as_of.endswith(OVER) else ''} 一个也不生效"

    def rule(self, node: Node, clause: str = "") -> Rule:
        """`clause`: that of the group around it, if it stands in one."""
        if isinstance(node.value, dict) and ("any" in node.value or "all" in node.value):
            return self._group(node, clause)
        return self._need(node, clause)

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
        table |= self._table(node, fact, entry)
        asked = fact.ask_when if unsaid else ()
        ahead = {stage: self._later(entry["ahead"], fact, stage, node) for stage, node in self.reader.items(entry.get("ahead"))}
        return Need(fact.id, table, self._rule_texts(entry, clause), when, asked, ahead)

    def _later(self, entry: Node, fact: Fact, stage: str, node: Node) -> Answer:
        """What a stage that lies ahead will be."""
        for option, where in ((stage, entry), (self.reader.word(node), node)):
            if option not in fact.options:
                self.reader.unknown(where, option, fact.options, f"{fact.id} 没有 {option} 这个选项", option)
        return self.reader.word(node)

    def _table(self, node: Node, fact: Fact, entry: Mapping[str, Node]) -> dict[Answer | None, int]:
        """The verdict for every answer: the first list with a hit, `others` for what no list names."""
        lists: list[tuple[str, int]] = []
        rest: int | None = None
        named: set[str] = set()
        for key, (verdict, _) in VERDICTS.items():
            if key not in entry:
                continue
            if entry[key].value == "others":
                if rest is not None:
                    self.reader.problem(entry[key], "others 出现了两次", "只留一个")
                rest = verdict
                continue
            for item in self.reader.list(entry[key]):
                word = self._pattern(item, fact)
                if word in named:
                    self.reader.problem(item, f"{word} 归了两类", "只留一类")
                named.add(word)
                lists.append((word, verdict))
        missing = [option for option in fact.options if option not in named]
        if fact.many and rest is None and NOTHING not in named:
            missing.append(NOTHING)
        if missing and rest is None:
            self.reader.problem(node, f"{fact.id} 的这些选项没有归类：{'、'.join(missing)}", "归到某一类，或者写 others")
        if not missing and rest is not None and not fact.many:
            self.reader.problem(node, "others 没有剩下的选项可代表", "去掉 others")
        if not any(verdict < NONE for _, verdict in lists) and rest in (None, NONE):
            self.reader.problem(node, f"{fact.id} 没有一个选项能满足", "在 met 里写上满足的选项")
        judge: dict[Answer | None, int] = {}
        for answer in fact.every_answer():
            judge[answer] = next((verdict for word, verdict in lists if _hits(word, answer)), NONE if rest is None else rest)
        return judge

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


@lru_cache(1_000)
def _selections(options: tuple[str, ...], word: str) -> tuple[Answer, ...]:
    """Every selection of which a word speaks; the same words stand in many conditions."""
    return tuple(chosen for chosen in selections(options) if _hits(word, chosen))


def _hits(word: str, answer: Answer) -> bool:
    """Does a word of a policy list speak of this answer (`a+b`: both chosen; `-a`: not chosen; `nothing`: none chosen)?"""
    if not isinstance(answer, tuple):
        return word == answer
    if word == NOTHING:
        return not answer
    return all((part[1:] not in answer) if part[0] == "-" else (part in answer) for part in word.split("+"))
