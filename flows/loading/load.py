"""The loader: policies/*.yaml -> Book. Strict: what it does not know it refuses, with file, line and the mend.

Unquoted booleans, unknown keys and ids, conditions without a clause, options in no list, clauses that nothing
carries, branches that nobody reaches: all faults of a file are reported together.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from flows.facts import NOTHING, UNSAID, UNSURE, Answer, Fact, NotUnderstood, When, nearest
from flows.loading.yaml import Node, PolicyError, Problem, read_yaml
from flows.policy import Clause, Document, Family, Paper, Placement, Policy, Route, Topic
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, AllOf, AnyOf, Need, Rule, Texts
from flows.typed import AGAIN, Around, plain

FOLD = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")  # the space that YAML leaves where it joins Chinese lines
MOST_TOGETHER = 12  # options of a question with several answers: every selection of them gets a verdict
DAY = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
COMMON = ("facts", "papers")  # the files that belong to no city

PLACES = (
    "home origin employer actual-residence school school-collective elders-hukou-place chinese-parent-hukou-place "
    "public-collective-household five-choices kin-friend unit-collective talent-collective community-collective "
    "host-household service-centre-or-origin local-rules"
).split()
BASES = ("named", "condition", "implied")
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
    "when fact says clause met curable cure local_rules detail ambiguous unclear question elsewhere governed unmet "
    "otherwise unsaid"
).split()
GROUP_KEYS = ["any", "all", "says", "clause", "otherwise"]
FACT_KEYS = "stage about sensitive many ask aloud third hint unsure nothing search options words around ask_when".split()
ROUTE_KEYS = "title clause matters exempt department office needs placements family papers notes general".split()
TOPIC_KEYS = "title clause department when says papers general".split()
CITY_KEYS = "city name document general counties wording words silent routes topics clauses".split()


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people in a policy file, where it stands."""

    file: str
    line: int
    says: str


# ---- the book: all policies of a folder ----


@dataclass(frozen=True)
class Book:
    """All policies of a folder. A city's file is read when the city is first asked for."""

    folder: Path
    facts: Mapping[str, Fact]
    stages: Mapping[str, str]
    papers: Mapping[str, str]
    every_route: tuple[Rule, ...]
    texts: tuple[Text, ...]
    lines: Mapping[str, Problem]  # fact or paper -> where it stands, as the beginning of a problem
    _seal: str
    _cities: "dict[str, City]"

    @cached_property
    def cities(self) -> tuple[str, ...]:
        """The cities that have a document."""
        return tuple(city for city in self.facts["city"].options if city != "other")

    def policy(self, city: Answer | None) -> Policy | None:
        """The city's policy; None for no city, `other` or `unsure`. Raises PolicyError."""
        return self.city(city).policy if isinstance(city, str) and city in self.cities else None

    def city(self, city: str) -> "City":
        if city not in self._cities:
            self._cities[city] = _CityReader(self, f"{city}.yaml").city(city)
        return self._cities[city]

    def load_all(self) -> tuple["City", ...]:
        """Every city; raises PolicyError with the problems of all files."""
        problems: list[Problem] = []
        for city in self.cities:
            try:
                self.city(city)
            except PolicyError as error:
                problems += error.problems
        known = {f"{name}.yaml" for name in (*COMMON, *self.cities)}
        for path in sorted(self.folder.glob("*.yaml")):
            if path.name not in known:
                problems.append(
                    Problem(
                        f"{self.folder.resolve().name}/{path.name}",
                        1,
                        "没有这个城市",
                        "在 facts.yaml 的 city 里加上它的选项，或者删掉文件",
                    )
                )
        if problems:
            raise PolicyError(problems)
        return tuple(self.city(city) for city in self.cities)

    def fact(self, fact: str, city: Answer | None) -> Fact:
        """The question as it is put in the city."""
        policy = self.policy(city)
        return policy.facts[fact] if policy else self.facts[fact]

    def clean(self, said: Mapping[str, object]) -> dict[str, Answer]:
        """Facts from a machine as clean answers; raises NotUnderstood, its `what` beginning with the fact's id."""
        facts: dict[str, Answer] = {}
        for fact, value in said.items():
            if fact not in self.facts:
                raise NotUnderstood(f"{fact[:40]} 不是我们要问的事", nearest(fact, self.facts))
            if fact != "county":
                facts[fact] = self.facts[fact].clean(value)
        if "county" in said:
            facts |= self._clean_county(said["county"], facts.get("city"))
        return {fact: facts[fact] for fact in said if fact in facts}

    def _clean_county(self, value: object, city: Answer | None) -> dict[str, Answer]:
        """A county of another city than the chosen one says nothing about this one: it is left out."""
        policy = self.policy(city)
        own = policy.facts["county"] if policy else replace(self.facts["county"], options=self.counties)
        if policy and isinstance(value, str) and value not in (*own.options, UNSURE) and value in self.counties:
            return {}
        return {"county": own.clean(value)}

    @cached_property
    def counties(self) -> Mapping[str, str]:
        """County -> its city, over all cities."""
        return {county: city.policy.city for city in self.load_all() for county in city.policy.facts["county"].options}


@dataclass(frozen=True, slots=True)
class City:
    """A policy and the texts of its file."""

    policy: Policy
    texts: tuple[Text, ...]


def load(folder: Path) -> Book:
    """Reads facts.yaml and papers.yaml; the cities follow when they are asked for. Raises PolicyError."""
    facts = _Reader(folder, "facts.yaml")
    papers = _Reader(folder, "papers.yaml")
    root = facts.fields(facts.root, ["stages", "typed", "facts", "every_route"], ["stages", "facts", "every_route"])
    stages = {stage: facts.text(node) for stage, node in facts.items(root.get("stages"))}
    typed = facts.fields(root["typed"], ["around", "words"]) if "typed" in root else {}
    common = tuple(facts.words(typed.get("words"), (UNSURE, NOTHING, "yes", "no"), "typed").items())
    around = facts.around(typed.get("around"))
    found = {fact: facts.read_fact(fact, node, stages) for fact, node in facts.items(root.get("facts"))}
    found = {fact: replace(one, common=common, around=around + one.around) for fact, one in found.items()}
    for fact, node in facts.items(root.get("facts")):
        found[fact] = replace(found[fact], ask_when=facts.ask_when(node, found))
    every = tuple(facts.rule(node, found, "") for node in facts.list(root.get("every_route")))
    names = papers.fields(papers.root, ["papers"], ["papers"])
    labels = {paper: papers.text(node) for paper, node in papers.items(names.get("papers"))}
    for needed in ("city", "matter", "county", "movers", "live_together"):
        if needed not in found:
            facts.problem(facts.root, f"缺少 {needed} 这个问题", "补上")
    facts.done(papers.problems)
    lines = facts.places(root.get("facts")) | papers.places(names.get("papers"))
    return Book(folder, found, stages, labels, every, (*facts.texts, *papers.texts), lines, facts.seal + papers.seal, {})


class _Reader:
    """Reads nodes into values and keeps the problems, so that an author sees all of them at once."""

    def __init__(self, folder: Path, file: str) -> None:
        self.file = f"{folder.resolve().name}/{file}"
        self.problems: list[Problem] = []
        self.texts: list[Text] = []
        try:
            raw = (folder / file).read_bytes()
            text = raw.decode()
        except OSError:
            raise PolicyError(
                [Problem(self.file, 1, "没有这个文件，或者打不开", f"放到 {folder.resolve().name} 文件夹里")]
            ) from None
        except UnicodeDecodeError:
            raise PolicyError([Problem(self.file, 1, "不是 UTF-8 编码", "请另存为 UTF-8")]) from None
        self.seal = hashlib.sha256(raw).hexdigest()
        self.root = read_yaml(text, self.file)

    def problem(self, node: Node, what: str, mend: str, key: str = "") -> None:
        """A fault of a node, or of one of its keys."""
        line = (node.key_lines or {}).get(key, node.line)
        self.problems.append(Problem(self.file, line, what, mend))

    def unknown(self, node: Node, word: str, valid: Iterable[str], what: str, key: str = "") -> None:
        """A word that should have been one of the valid ids."""
        valid = list(valid)
        near = nearest(word, valid)
        self.problem(node, what, f"是不是 {near}？" if near else f"可以写：{'、'.join(valid[:20])}", key)

    def done(self, more: Iterable[Problem] = ()) -> None:
        if problems := [*self.problems, *more]:
            raise PolicyError(sorted(problems, key=lambda problem: (problem.file, problem.line)))

    def places(self, node: Node | None) -> dict[str, Problem]:
        return {key: Problem(self.file, line, key) for key, line in (node.key_lines or {}).items()} if node else {}

    # -- plain shapes

    def fields(self, node: Node, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Node]:
        known = list(known)
        if not isinstance(node.value, dict):
            self.problem(node, "这里要写成“键: 值”", f"可以用的键：{'、'.join(known)}")
            return {}
        for key in node.value:
            if key not in known:
                self.unknown(node, key, known, f"没有 {key} 这个键", key)
        present = [key for key in node.value if key in known]
        if present != sorted(present, key=known.index):
            self.problem(node, "键的顺序不对", f"按这个顺序写：{'、'.join(key for key in known if key in present)}")
        for key in required:
            if key not in node.value:
                self.problem(node, f"缺少 {key}", "补上这一项")
        return {key: value for key, value in node.value.items() if key in known}

    def items(self, node: Node | None) -> Iterator[tuple[str, Node]]:
        if node is None:
            return
        if not isinstance(node.value, dict):
            self.problem(node, "这里要写成“编号: 内容”", "一行一个，缩进对齐")
            return
        yield from node.value.items()

    def list(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.problem(node, "这里要写成列表", "每项前面加“- ”，或者写成 [甲, 乙]")
            return []
        return node.value

    def word(self, node: Node | None, default: str = "") -> str:
        if node is None:
            return default
        if not isinstance(node.value, str):
            self.problem(node, "这里要写一段文字", "写成一句话，不要写成列表或键值")
            return default
        if node.loose:
            self.problem(
                node, f"{node.value or '空值'} 没有加引号", f'写成 "{node.value}"' if node.value else "写上内容或者去掉这个键"
            )
        elif not node.value.strip():
            self.problem(node, "内容是空的", "写上内容，或者去掉这个键")
        return node.value

    def text(self, node: Node | None) -> str:
        """A sentence for people: goes to translation."""
        says = FOLD.sub("", self.word(node))
        if node is not None and says:
            self.texts.append(Text(self.file, node.line, says))
        return says

    def text_list(self, node: Node | None) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.list(node))

    def one_of(self, node: Node | None, valid: Iterable[str], what: str) -> str:
        word = self.word(node)
        valid = list(valid)
        if node is not None and word and word not in valid:
            self.unknown(node, word, valid, f"没有 {word} 这个{what}")
        return word

    def some_of(self, node: Node | None, valid: Iterable[str], what: str) -> tuple[str, ...]:
        valid = list(valid)
        return tuple(self.one_of(item, valid, what) for item in self.list(node))

    # -- facts

    def read_fact(self, fact: str, node: Node, stages: Mapping[str, str]) -> Fact:
        entry = self.fields(node, FACT_KEYS, ["stage", "about", "ask", "aloud", "third", "unsure", "options"])
        many = self.one_of(entry.get("many"), ["yes"], "写法") == "yes"
        if many and "nothing" not in entry:
            self.problem(node, f"{fact} 可以多选，缺少 nothing（一个都没有时的选项）", "补上")
        options = entry.get("options")
        by_city = options is not None and options.value == "city"
        labels = {} if by_city else {option: self.text(label) for option, label in self.items(options)}
        words = self.words_of_one(entry.get("words"), (*labels, NOTHING, UNSURE, AGAIN), fact)
        if many and len(labels) > MOST_TOGETHER:
            self.problem(node, f"{fact} 可以多选，选项不能多于 {MOST_TOGETHER} 个", "拆成两个问题")
        return Fact(
            id=fact,
            stage=self.one_of(entry.get("stage"), stages, "阶段"),
            about=self.one_of(entry.get("about"), ["city", "person"], "写法"),
            many=many,
            ask=self.text(entry.get("ask")),
            aloud=self.text(entry.get("aloud")),
            third=self.text(entry.get("third")),
            hint=self.text(entry.get("hint")),
            unsure=self.text(entry.get("unsure")),
            nothing=self.text(entry.get("nothing")),
            options=labels,
            words=words,
            around=self.around(entry.get("around")),
            search=tuple(map(self.word, self.list(entry.get("search")))),
            sensitive=self.one_of(entry.get("sensitive"), ["yes"], "写法") == "yes",
        )

    def words(self, node: Node | None, options: Collection[str], fact: str) -> dict[str, tuple[str, ...]]:
        """What people may type for the options."""
        for option, _ in self.items(node):
            if node is not None and option not in options:
                self.unknown(node, option, options, f"{fact} 没有 {option} 这个选项", option)
        return {option: tuple(map(self.word, self.list(some))) for option, some in self.items(node)}

    def words_of_one(self, node: Node | None, options: Collection[str], fact: str) -> dict[str, tuple[str, ...]]:
        """The same for one question: a word of two of its options would say neither."""
        listed: dict[str, str] = {}
        for option, some in self.items(node):
            for item in self.list(some):
                word = plain(item.value) if isinstance(item.value, str) else ""
                if listed.setdefault(word, option) != option:
                    self.problem(
                        item,
                        f"“{word}”写在 {listed[word]} 和 {option} 两个选项下面",
                        f"只留一处；两种意思都有可能的，写在 {AGAIN} 下面，会再问一遍",
                    )
        return self.words(node, options, fact)

    def around(self, node: Node | None) -> Around:
        entry = self.fields(node, ["before", "after"]) if node else {}
        return Around(*(tuple(map(self.word, self.list(entry.get(side)))) for side in ("before", "after")))

    def ask_when(self, node: Node, facts: Mapping[str, Fact]) -> tuple[When, ...]:
        if not isinstance(node.value, dict):
            return ()
        return tuple(self.when(item, facts) for item in self.list(node.value.get("ask_when")))

    # -- rules

    def when(self, node: Node, facts: Mapping[str, Fact]) -> When:
        accepted = []
        if not node.value:
            self.problem(node, "when 是空的", "写上条件，或者去掉 when")
        for fact, values in self.items(node):
            if fact not in facts:
                self.unknown(node, fact, facts, f"没有 {fact} 这件事", fact)
                continue
            if not values.value:
                self.problem(node, f"{fact} 没有写任何选项", "写上选项，或者去掉这一行", fact)
            accepted.append((fact, frozenset(self.answers(facts[fact], values, extra=(UNSAID, UNSURE)))))
        return When(tuple(accepted))

    def answers(self, fact: Fact, node: Node, extra: Iterable[str] = ()) -> Iterator[Answer | None]:
        """The answers that a list of option ids stands for (several-valued facts: every selection with a hit)."""
        for item in self.list(node):
            word = self.pattern(item, fact, extra)
            if word == UNSAID:
                yield None
            elif word == UNSURE or not fact.many:
                yield word
            else:
                yield from (answer for answer in fact.every_answer() if _hits(word, answer))

    def pattern(self, node: Node, fact: Fact, extra: Iterable[str] = ()) -> str:
        word = self.word(node)
        parts = word.split("+") if fact.many else [word]
        valid = [*fact.options, *extra, *([NOTHING] if fact.many else [])]
        for part in parts:
            if part not in valid:
                self.unknown(node, part, valid, f"{fact.id} 没有 {part} 这个选项")
        return word

    def rule(self, node: Node, facts: Mapping[str, Fact], clause: str) -> Rule:
        if isinstance(node.value, dict) and ("any" in node.value or "all" in node.value):
            return self.group(node, facts, clause)
        return self.need(node, facts, clause)

    def group(self, node: Node, facts: Mapping[str, Fact], clause: str) -> Rule:
        required = [] if clause else ["says", "clause"]
        entry = self.fields(node, GROUP_KEYS, required)
        if "any" in entry and "all" in entry:
            self.problem(node, "any 和 all 不能写在同一层", "分成两个条件")
        texts = self.rule_texts(entry, clause)
        kind = "any" if "any" in entry else "all"
        needs = tuple(self.rule(item, facts, texts.clause or "?") for item in self.list(entry.get(kind)))
        if len(needs) < 2:
            self.problem(node, f"{kind} 下面至少要有两个条件", "只有一个就直接写")
        return AnyOf(needs, texts) if kind == "any" else AllOf(needs, texts)

    def need(self, node: Node, facts: Mapping[str, Fact], clause: str) -> Need:
        inner = bool(clause)
        entry = self.fields(node, NEED_KEYS, ["fact"] if inner else ["fact", "says", "clause"])
        fact = facts.get(self.one_of(entry.get("fact"), facts, "事（fact）"))
        when = self.when(entry["when"], facts) if "when" in entry else None
        if fact is None:
            return Need("", {None: OPEN}, Texts(), when)
        for key, (_, beside) in VERDICTS.items():
            for text in beside:
                if (key in entry) != (text in entry):
                    have, lack = (key, text) if key in entry else (text, key)
                    self.problem(node, f"写了 {have}，缺少 {lack}", "补上，或者去掉")
        unsaid = self.one_of(entry.get("unsaid"), ["met"], "写法")
        table: dict[Answer | None, int] = {None: FITS if unsaid else OPEN, UNSURE: FITS_IF}
        table |= self.table(node, fact, entry)
        asked = fact.ask_when if unsaid else ()
        return Need(fact.id, table, self.rule_texts(entry, clause), when, asked)

    def table(self, node: Node, fact: Fact, entry: Mapping[str, Node]) -> dict[Answer | None, int]:
        """The verdict for every answer: the first list with a hit, `others` for what no list names."""
        lists: list[tuple[str, int]] = []
        rest: int | None = None
        named: set[str] = set()
        for key, (verdict, _) in VERDICTS.items():
            if key not in entry:
                continue
            if entry[key].value == "others":
                if rest is not None:
                    self.problem(entry[key], "others 出现了两次", "只留一个")
                rest = verdict
                continue
            for item in self.list(entry[key]):
                word = self.pattern(item, fact)
                if word in named:
                    self.problem(item, f"{word} 归了两类", "只留一类")
                named.add(word)
                lists.append((word, verdict))
        missing = [option for option in fact.options if option not in named]
        if fact.many and rest is None and NOTHING not in named:
            missing.append(NOTHING)
        if missing and rest is None:
            self.problem(node, f"{fact.id} 的这些选项没有归类：{'、'.join(missing)}", "归到某一类，或者写 others")
        if not missing and rest is not None and not fact.many:
            self.problem(node, "others 没有剩下的选项可代表", "去掉 others")
        if not any(verdict < NONE for _, verdict in lists) and rest in (None, NONE):
            self.problem(node, f"{fact.id} 没有一个选项能满足", "在 met 里写上满足的选项")
        judge: dict[Answer | None, int] = {}
        for answer in fact.every_answer():
            judge[answer] = next((verdict for word, verdict in lists if _hits(word, answer)), NONE if rest is None else rest)
        return judge

    def rule_texts(self, entry: Mapping[str, Node], clause: str) -> Texts:
        says = {
            key: self.text(entry.get(key)) for key in ("says", "cure", "detail", "unclear", "question", "governed", "otherwise")
        }
        return Texts(clause=self.text(entry.get("clause")) or clause, **says)


class _CityReader(_Reader):
    """Reads one city's file."""

    def __init__(self, book: Book, file: str) -> None:
        super().__init__(book.folder, file)
        self.book = book

    def city(self, city: str) -> City:
        entry = self.fields(self.root, CITY_KEYS, ["city", "name", "document", "counties", "routes", "topics", "clauses"])
        if self.word(entry.get("city")) != city:
            self.problem(entry.get("city", self.root), "city 和文件名不一致", f"写成 {city}")
        facts = self.local_facts(entry)
        matters = facts["matter"].options
        routes = {
            f"{city}.{route}": self.route(f"{city}.{route}", node, facts) for route, node in self.items(entry.get("routes"))
        }
        topics = {topic: self.topic(topic, node, facts) for topic, node in self.items(entry.get("topics"))}
        silent = {matter: self.text(node) for matter, node in self.items(entry.get("silent"))}
        self.check_matters(entry, matters, routes, silent)
        clauses = tuple(self.clause(node, city, routes, topics) for node in self.list(entry.get("clauses")))
        self.check_ledger(entry, routes, topics, clauses)
        policy = Policy(
            city=city,
            name=self.text(entry.get("name")),
            document=self.document(entry.get("document")),
            version=hashlib.sha256((self.book._seal + self.seal).encode()).hexdigest()[:12],
            general=self.text_list(entry.get("general")),
            facts=facts,
            silent=silent,
            routes=routes,
            topics=topics,
            clauses=clauses,
        )
        self.done()
        return City(policy, tuple(self.texts))

    def local_facts(self, entry: Mapping[str, Node]) -> dict[str, Fact]:
        facts = dict(self.book.facts)
        counties = {county: self.text(label) for county, label in self.items(entry.get("counties"))}
        facts["county"] = replace(facts["county"], options=counties)
        for fact, node in self.items(entry.get("wording")):
            if fact not in facts:
                self.unknown(entry["wording"], fact, facts, f"没有 {fact} 这件事", fact)
                continue
            labels = dict(facts[fact].options)
            for option, label in self.items(node):
                if option not in labels:
                    self.unknown(node, option, labels, f"{fact} 没有 {option} 这个选项", option)
                labels[option] = self.text(label)
            facts[fact] = replace(facts[fact], options=labels)
        for fact, node in self.items(entry.get("words")):
            if fact not in facts:
                self.unknown(entry["words"], fact, facts, f"没有 {fact} 这件事", fact)
                continue
            words = self.words_of_one(node, (*facts[fact].options, AGAIN), fact)
            facts[fact] = replace(facts[fact], words=_added(facts[fact].words, words))
        return facts

    def document(self, node: Node | None) -> Document:
        entry = self.fields(node, ["title", "number", "issued"], ["title"]) if node else {}
        issued = self.word(entry.get("issued"))
        if issued and not DAY.fullmatch(issued):
            self.problem(entry["issued"], f"{issued} 不是日期", "写成 2020-01-16 这样")
        return Document(self.text(entry.get("title")), self.word(entry.get("number")), issued)

    def route(self, route: str, node: Node, facts: Mapping[str, Fact]) -> Route:
        entry = self.fields(node, ROUTE_KEYS, ["title", "clause", "matters", "needs"])
        exempt = self.some_of(
            entry.get("exempt"), [need.fact for rule in self.book.every_route for need in rule.leaves()], "通用条件"
        )
        common = tuple(rule for rule in self.book.every_route if not any(need.fact in exempt for need in rule.leaves()))
        own = tuple(self.rule(item, facts, "") for item in self.list(entry.get("needs")))
        self.check_branches(self.list(entry.get("needs")), own)
        if not own:
            self.problem(node, f"{route} 没有条件", "在 needs 下面写上条件", "needs")
        return Route(
            id=route,
            title=self.text(entry.get("title")),
            clause=self.text(entry.get("clause")),
            matters=frozenset(self.some_of(entry.get("matters"), facts["matter"].options, "事项（matter）")),
            department=self.text(entry.get("department")),
            office=self.text(entry.get("office")),
            needs=AllOf((*own, *common)),
            placements=tuple(self.placement(item, facts) for item in self.list(entry.get("placements"))),
            family=self.family(entry["family"], facts) if "family" in entry else None,
            papers=tuple(self.paper(item, facts) for item in self.list(entry.get("papers"))),
            notes=self.text_list(entry.get("notes")),
            general=self.text_list(entry.get("general")),
        )

    def placement(self, node: Node, facts: Mapping[str, Fact]) -> Placement:
        entry = self.fields(node, ["place", "when", "note", "unsaid"], ["place", "note"])
        when = self.when(entry["when"], facts) if "when" in entry else None
        asked = self.one_of(entry.get("unsaid"), ["skip"], "写法") != "skip"
        return Placement(self.one_of(entry.get("place"), PLACES, "落户地点"), self.text(entry.get("note")), when, asked)

    def family(self, node: Node, facts: Mapping[str, Fact]) -> Family:
        entry = self.fields(node, ["yes", "yes_if", "ask", "no"])
        movers = list(facts["movers"].options)
        lists: dict[str, str] = {}
        rest = ""
        for answer in ("yes", "ask", "no"):
            if answer in entry and entry[answer].value == "others":
                if rest:
                    self.problem(node, "others 出现了两次", "只留一个")
                rest = answer
            else:
                for mover in self.some_of(entry.get(answer), movers, "家人"):
                    if mover in lists:
                        self.problem(node, f"{mover} 归了两类", "只留一类")
                    lists[mover] = answer
        missing = [mover for mover in movers if mover not in lists]
        if missing and not rest:
            self.problem(node, f"这些家人没有归类：{'、'.join(missing)}", "归到某一类，或者写 others")
        lists |= dict.fromkeys(missing, rest)
        named_if = {}
        for mover, when in self.items(entry.get("yes_if")):
            if mover not in movers:
                self.unknown(entry["yes_if"], mover, movers, f"没有 {mover} 这种家人", mover)
            named_if[mover] = self.when(when, facts)
        return Family(lists, named_if)

    def paper(self, node: Node, facts: Mapping[str, Fact]) -> Paper:
        entry = self.fields(node, ["paper", "basis", "when", "unless"], ["paper", "basis"])
        return Paper(
            self.one_of(entry.get("paper"), self.book.papers, "材料"),
            self.one_of(entry.get("basis"), BASES, "依据（basis）"),
            self.when(entry["when"], facts) if "when" in entry else None,
            self.when(entry["unless"], facts) if "unless" in entry else None,
        )

    def topic(self, topic: str, node: Node, facts: Mapping[str, Fact]) -> Topic:
        entry = self.fields(node, TOPIC_KEYS, ["title", "clause", "says"])
        return Topic(
            id=topic,
            title=self.text(entry.get("title")),
            clause=self.text(entry.get("clause")),
            department=self.text(entry.get("department")),
            says=self.text(entry.get("says")),
            papers=tuple(self.paper(item, facts) for item in self.list(entry.get("papers"))),
            general=self.text_list(entry.get("general")),
            when=self.when(entry["when"], facts) if "when" in entry else None,
        )

    def clause(self, node: Node, city: str, routes: Mapping[str, Route], topics: Mapping[str, Topic]) -> Clause:
        entry = self.fields(node, ["clause", "routes", "topics", "administrative"], ["clause"])
        if ("administrative" in entry) == ("routes" in entry or "topics" in entry):
            self.problem(node, "每一条要么写 routes、topics，要么写 administrative", "二选一")
        short = [route.removeprefix(f"{city}.") for route in routes]
        return Clause(
            self.word(entry.get("clause")),
            tuple(f"{city}.{route}" for route in self.some_of(entry.get("routes"), short, "途径")),
            self.some_of(entry.get("topics"), topics, "专题"),
            self.word(entry.get("administrative")),
        )

    # -- checks over the whole file

    def check_matters(
        self, entry: Mapping[str, Node], matters: Iterable[str], routes: Mapping[str, Route], silent: Mapping[str, str]
    ) -> None:
        covered = {matter for route in routes.values() for matter in route.matters}
        for matter in matters:
            if matter not in covered and matter not in silent and matter != "rights":
                self.problem(entry.get("silent", self.root), f"{matter} 没有途径对应", "在 silent 里写明文件没有写这件事")
        for matter in silent:
            if matter not in matters:
                self.unknown(entry["silent"], matter, matters, f"没有 {matter} 这件事（matter）", matter)
            elif matter in covered:
                self.problem(entry["silent"], f"{matter} 已经有途径对应", "从 silent 里去掉", matter)

    def check_ledger(
        self, entry: Mapping[str, Node], routes: Mapping[str, Route], topics: Mapping[str, Topic], clauses: tuple[Clause, ...]
    ) -> None:
        place = entry.get("clauses", self.root)
        for number, (clause, node) in enumerate(zip(clauses, self.list(entry.get("clauses")), strict=True)):
            if clause.id in [earlier.id for earlier in clauses[:number]]:
                self.problem(node, f"{clause.id} 写了两次", "合并")
        for carried, kind in ((routes, "途径"), (topics, "专题")):
            listed = {one for clause in clauses for one in (clause.routes if kind == "途径" else clause.topics)}
            for one in carried:
                if one not in listed:
                    self.problem(place, f"{kind} {one} 没有出现在条款清单里", "在它的条款下面写上")

    def check_branches(self, nodes: list[Node], rules: tuple[Rule, ...]) -> None:
        """A branch that no possible resident reaches: its question could never be asked."""
        plain = {rule.fact: rule for rule in rules if isinstance(rule, Need) and rule.when is None}
        for node, rule in zip(nodes, rules, strict=True):
            if isinstance(rule, Need) and rule.when is not None:
                for fact, answers in rule.when.accepted:
                    gate = plain.get(fact)
                    if gate is not None and all(gate.table.get(answer, NONE) == NONE for answer in answers):
                        self.problem(
                            node, f"问不到 {rule.fact}：{fact} 是这些选项时，这条途径已经不行了", "改 when，或者去掉这个条件"
                        )


def _added(words: Mapping[str, tuple[str, ...]], more: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {option: (*words.get(option, ()), *more.get(option, ())) for option in {**words, **more}}


def _hits(word: str, answer: Answer) -> bool:
    """Does a word of a policy list speak of this answer (`a+b`: both chosen; `nothing`: none chosen)?"""
    if not isinstance(answer, tuple):
        return word == answer
    if word == NOTHING:
        return not answer
    return all(part in answer for part in word.split("+"))
