"""Questions: those of facts.yaml, and how a city puts them; what people may type for their options."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from flows.amounts import Amount, Unit
from flows.facts import NOTHING, UNSURE, Fact, When
from flows.loading.conditions import Conditions
from flows.loading.numbers import NUMBER
from flows.loading.reader import Reader
from flows.loading.yaml import Node
from flows.typed import AGAIN, Around, plain

FACT_KEYS = (
    "stage about sensitive relative decided many amount ask ask_you ask_child short aloud third hint unsure nothing nothing_id "
    "search options words around ask_when"
).split()
WAYS_TO_ASK = ("ask", "ask_you", "ask_child", "aloud", "third")  # one question: a city changes all of those that it has, or none
LOCAL_KEYS = (*WAYS_TO_ASK, "hint", "unsure")
MOST_TOGETHER = 12  # options of a question with several answers: every selection of them gets a verdict


def read_questions(
    reader: Reader, root: Mapping[str, Node], stages: Mapping[str, str], units: Mapping[str, Unit]
) -> dict[str, Fact]:
    """The questions of facts.yaml, in asking order, as they are put where no city says otherwise."""
    typed = reader.fields(root["typed"], ["around", "words"]) if "typed" in root else {}
    common = tuple(_words(reader, typed.get("words"), (UNSURE, NOTHING, "yes", "no"), "typed").items())
    around = _around(reader, typed.get("around"))
    found = {fact: _question(reader, fact, node, stages, units) for fact, node in reader.items(root.get("facts"))}
    found = {fact: replace(one, common=common, around=around + one.around) for fact, one in found.items()}
    for fact, node in reader.items(root.get("facts")):
        found[fact] = replace(found[fact], ask_when=_ask_when(reader, node, found))
    return found


def local_questions(
    reader: Reader, entry: Mapping[str, Node], common: Mapping[str, Fact], amounts: Mapping[str, Fact]
) -> dict[str, Fact]:
    """The questions as a city puts them: with its counties, its labels, and its words beside those of all. `amounts`: those
    that are answered with a number, with the ranges of the city."""
    facts = {**common, **amounts}
    counties = {county: reader.text(label) for county, label in reader.items(entry.get("counties"))}
    facts["county"] = replace(facts["county"], options=counties)
    facts |= _put_otherwise(reader, entry.get("questions"), facts)
    for fact, node in reader.items(entry.get("wording")):
        if fact not in facts:
            reader.unknown(entry["wording"], fact, facts, f"没有 {fact} 这件事", fact)
            continue
        labels = dict(facts[fact].options)
        for option, label in reader.items(node):
            if option not in labels:
                reader.unknown(node, option, labels, f"{fact} 没有 {option} 这个选项", option)
            labels[option] = reader.text(label)
        facts[fact] = replace(facts[fact], options=labels)
    for fact, node in reader.items(entry.get("words")):
        if fact not in facts:
            reader.unknown(entry["words"], fact, facts, f"没有 {fact} 这件事", fact)
            continue
        words = _words_of_one(reader, node, (*facts[fact].options, AGAIN), fact)
        facts[fact] = replace(facts[fact], words=_added(facts[fact].words, words))
    return facts


def _put_otherwise(reader: Reader, node: Node | None, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The questions that a city asks in its own words."""
    found = {}
    for fact, item in reader.items(node):
        if fact not in facts:
            reader.unknown(node or item, fact, facts, f"没有 {fact} 这件事", fact)
            continue
        said = {key: reader.text(text) for key, text in reader.fields(item, LOCAL_KEYS).items()}
        left = [key for key in WAYS_TO_ASK if getattr(facts[fact], key) and key not in said]
        if left and not said.keys().isdisjoint(WAYS_TO_ASK):
            reader.problem(item, f"{fact} 换了问法，还缺少 {'、'.join(left)}", "几种问法说的是一件事，一起换")
        found[fact] = replace(facts[fact], **said)  # type: ignore[arg-type]  # texts all
    return found


def _question(reader: Reader, fact: str, node: Node, stages: Mapping[str, str], units: Mapping[str, Unit]) -> Fact:
    entry = reader.fields(node, FACT_KEYS, ["stage", "about", "ask", "short", "aloud", "third", "unsure"])
    amount = _amount(reader, fact, node, entry, units)
    many = reader.one_of(entry.get("many"), ["yes"], "写法") == "yes"
    if many and "nothing" not in entry:
        reader.problem(node, f"{fact} 可以多选，缺少 nothing（一个都没有时的选项）", "补上")
    options = entry.get("options")
    by_city = options is not None and options.value == "city"
    labels = {} if by_city else {option: reader.text(label) for option, label in reader.items(options)}
    words = _words_of_one(reader, entry.get("words"), (*labels, *_numbers(entry, amount), NOTHING, UNSURE, AGAIN), fact)
    if many and len(labels) > MOST_TOGETHER:
        reader.problem(node, f"{fact} 可以多选，选项不能多于 {MOST_TOGETHER} 个", "拆成两个问题")
    return Fact(
        id=fact,
        stage=reader.one_of(entry.get("stage"), stages, "阶段"),
        about=reader.one_of(entry.get("about"), ["city", "person"], "写法"),
        many=many,
        ask=reader.text(entry.get("ask")),
        ask_you=reader.text(entry.get("ask_you")),
        ask_child=reader.text(entry.get("ask_child")),
        short=reader.short(entry.get("short")),
        aloud=reader.text(entry.get("aloud")),
        third=reader.text(entry.get("third")),
        hint=reader.text(entry.get("hint")),
        unsure=reader.text(entry.get("unsure")),
        nothing=reader.text(entry.get("nothing")),
        nothing_id=reader.word(entry.get("nothing_id")),
        options=labels,
        words=words,
        around=_around(reader, entry.get("around")),
        search=reader.search_words(entry.get("search")),
        sensitive=reader.one_of(entry.get("sensitive"), ["yes"], "写法") == "yes",
        relative=reader.one_of(entry.get("relative"), ["yes"], "写法") == "yes",
        decided=reader.one_of(entry.get("decided"), labels, "选项"),
        amount=amount,
    )


def _amount(reader: Reader, fact: str, node: Node, entry: Mapping[str, Node], units: Mapping[str, Unit]) -> Amount | None:
    """What the answer is counted in, where it is a number; its ranges come from the thresholds of a city."""
    if ("amount" in entry) == ("options" in entry):
        reader.problem(node, f"{fact} 要写 options 或者 amount，写一样", "选项写 options；用数回答的写 amount 和单位")
    unit = units.get(reader.one_of(entry.get("amount"), units, "单位（units.yaml）"))
    if "amount" in entry and ("many" in entry or reader.word(entry.get("about")) != "city"):
        reader.problem(node, f"{fact} 用数回答，几段由城市的门槛来定", "写 about: city，不写 many", "amount")
    return Amount(unit) if unit is not None else None


def _numbers(entry: Mapping[str, Node], amount: Amount | None) -> list[str]:
    """The numbers for which words of an amount stand: 0, where people say that they have none."""
    words = entry["words"].value if amount is not None and "words" in entry else {}
    return [word for word in words if NUMBER.fullmatch(word)] if isinstance(words, dict) else []


def _ask_when(reader: Reader, node: Node, facts: Mapping[str, Fact]) -> tuple[When, ...]:
    if not isinstance(node.value, dict):
        return ()
    return tuple(map(Conditions(reader, facts).when, reader.list(node.value.get("ask_when"))))


# ---- what people may type ----


def _words(reader: Reader, node: Node | None, options: Collection[str], fact: str) -> dict[str, tuple[str, ...]]:
    """What people may type for the options."""
    for option, _ in reader.items(node):
        if node is not None and option not in options:
            reader.unknown(node, option, options, f"{fact} 没有 {option} 这个选项", option)
    return {option: tuple(map(reader.word, reader.list(some))) for option, some in reader.items(node)}


def _words_of_one(reader: Reader, node: Node | None, options: Collection[str], fact: str) -> dict[str, tuple[str, ...]]:
    """The same for one question: a word of two of its options would say neither."""
    listed: dict[str, str] = {}
    for option, some in reader.items(node):
        for item in reader.list(some):
            word = plain(item.value) if isinstance(item.value, str) else ""
            if listed.setdefault(word, option) != option:
                reader.problem(
                    item,
                    f"“{word}”写在 {listed[word]} 和 {option} 两个选项下面",
                    f"只留一处；两种意思都有可能的，写在 {AGAIN} 下面，会再问一遍",
                )
    return _words(reader, node, options, fact)


def _around(reader: Reader, node: Node | None) -> Around:
    entry = reader.fields(node, ["before", "after"]) if node else {}
    return Around(*(tuple(map(reader.word, reader.list(entry.get(side)))) for side in ("before", "after")))


def _added(words: Mapping[str, tuple[str, ...]], more: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {option: (*words.get(option, ()), *more.get(option, ())) for option in {**words, **more}}
