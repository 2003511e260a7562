"""The loader: policies/*.yaml -> Book. Strict: what it does not know it refuses, with file, line and the mend.

Unquoted booleans, unknown keys and ids, conditions without a clause, options in no list, clauses that nothing
carries, branches that nobody reaches: all faults of a file are reported together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib.resources.abc import Traversable

from flows.book import LAST_DAY, Book, Problem
from flows.facts import Fact
from flows.loading.checks import check_questions
from flows.loading.cities import CITY_KEYS, read_city, where_written
from flows.loading.conditions import Conditions
from flows.loading.documents import DRAFTS
from flows.loading.numbers import read_units
from flows.loading.outside import read_outside
from flows.loading.questions import read_questions
from flows.loading.reader import Reader, name_of
from flows.loading.steering import read_steering
from flows.loading.yaml import Node

FACTS_KEYS = ["stages", "typed", "facts", "order", "inferred", "narrowed", "not_in_document", "when_asked", "every_route"]
NAMED = ("stages", "not_in_document", "when_asked")  # of these keys: names, each with a sentence
HEARD = "heard.yaml"
COMMON = ("facts", "papers", "heard", "units", "outside")  # the files that belong to no city


def load(folder: Traversable, draft: str = "", as_of: str = LAST_DAY) -> Book:
    """Reads facts.yaml and papers.yaml; the cities, heard.yaml and outside.yaml when they are asked for. Raises PolicyError.

    `draft`: a city to be read from the drafts, new or in place of the one that is in use; no other draft is looked at. `as_of`:
    the day (ISO) on which what is read is in force."""
    facts, papers = (Reader(folder, f"{name}.yaml", as_of=as_of) for name in COMMON[:2])
    root = facts.fields(facts.root, FACTS_KEYS, ["stages", "facts", "every_route"])
    stages, unwritten, when_asked = ({name: facts.text(node) for name, node in facts.items(root.get(key))} for key in NAMED)
    units = read_units(folder)
    questions = read_questions(facts, root, stages, units.known)
    if draft and "city" in questions:
        questions["city"] = _with_draft(folder, draft, questions["city"])
    conditions = Conditions(facts, questions)
    every_route = conditions.in_force(facts.list(root.get("every_route")))
    steering = read_steering(conditions, root, questions)
    names = papers.fields(papers.root, ["papers", "helps"], ["papers"])
    labels, helps = _papers(papers, names)
    check_questions(facts, questions)
    facts.done([*papers.problems, *units.problems])
    cities = tuple(city for city in questions["city"].options if city != "other")
    return Book(
        facts=questions,
        stages=stages,
        papers=labels,
        paper_helps=helps,
        steering=steering,
        not_in_document=unwritten,
        when_asked=when_asked,
        every_route=every_route,
        cities=cities,
        texts=(*facts.texts, *papers.texts, *units.texts),
        lines=facts.places(root.get("facts")) | papers.places(names.get("papers")),
        strays=tuple(_strays(folder, cities)),
        drafts=tuple(sorted(_drafts(folder / DRAFTS))),
        read_city=partial(read_city, folder, draft),
        read_heard=partial(_read_heard, folder) if (folder / HEARD).is_file() else None,
        read_outside=partial(read_outside, folder),
        as_of=as_of,
        days=frozenset(facts.days),
    )


def _read_heard(folder: Traversable, book: Book) -> object:
    from flows.loading.lexicon import read_heard  # only here: who judges needs no ears

    return read_heard(folder, book)


def _papers(reader: Reader, names: Mapping[str, Node]) -> tuple[dict[str, str], dict[str, str]]:
    """What each paper is called, and what helps with some of them."""
    labels, helps = ({paper: reader.text(node) for paper, node in reader.items(names.get(part))} for part in ("papers", "helps"))
    for paper in helps.keys() - labels.keys():
        reader.unknown(names["helps"], paper, labels, f"没有 {paper} 这种材料", paper)
    return labels, helps


def _with_draft(folder: Traversable, draft: str, city: Fact) -> Fact:
    """The question for the city, with one that is a draft: by its name, and the words that everybody would type."""
    if draft in city.options:
        return city
    reader = Reader(folder, where_written(draft, draft))
    name = reader.word(reader.fields(reader.root, CITY_KEYS, ["name"]).get("name"))
    reader.done()
    last = {option: label for option, label in city.options.items() if option == "other"}
    options = {**{option: label for option, label in city.options.items() if option not in last}, draft: name, **last}
    return replace(city, options=options, words={**city.words, draft: (f"{name}市", draft)})


def _drafts(folder: Traversable) -> Iterator[str]:
    if folder.is_dir():
        yield from (one.name for one in folder.iterdir() if one.is_dir())


def _strays(folder: Traversable, cities: Iterable[str]) -> Iterator[Problem]:
    """The files that belong to no city of facts.yaml."""
    known = {f"{name}.yaml" for name in (*COMMON, *cities)}
    for name in sorted(file.name for file in folder.iterdir()):
        if name.endswith(".yaml") and name not in known:
            where = f"{name_of(folder)}/{name}"
            yield Problem(where, 1, "没有这个城市", "在 facts.yaml 的 city 里加上它的选项，或者删掉文件")
