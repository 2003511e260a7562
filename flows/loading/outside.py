"""policies/outside.yaml: what is known from outside the documents, a record each, for all cities; and whether the sentences that
say such a thing cite one that is there. The check reads it, no channel does.

A sentence is from outside if it says 文件以外, or stands in `general`, where the sheet says it.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable

from flows.book import Problem, Text
from flows.loading.reader import Reader, is_day
from flows.loading.yaml import Node
from flows.policy import Policy

FILE = "outside.yaml"
KEYS = ["name", "number", "date", "says", "words", "source", "seen"]
NEEDED = ["name", "says", "source", "seen"]  # a law or a notice has a date, too
OUTSIDE = "文件以外"  # what is said so is not from the document
YEARS = 2  # for which a record may stand without anybody having looked at it
COUNTED = "[一二三四五六七八九十百零]+"
ARTICLE = re.compile(f"第{COUNTED}条|({COUNTED})?（{COUNTED}）")  # 第七条; 二（一）, after which （二） is 二（二）
ARTICLES = f"》?(?:（\\d{{4}}年[^（）]*）)?((?:、?(?:第{COUNTED}条|(?:{COUNTED})?（{COUNTED}）))*)"  # behind a name, and its date
LOOKS_LIKE = re.compile(  # a law or a notice, in a sentence whose known ones are taken out
    f"《[^《》]*(?:法|条例|规定|办法|规范|意见|方案|通知|决定)》|[一-龥]{{1,6}}〔\\d{{4}}〕\\d+号|[一-龥]{{2,12}}?(?:法|条例|规定|办法)(?=第{COUNTED}条)"
)
NOWHERE = re.compile("(?!)")


@dataclass(frozen=True, slots=True)
class Record:
    """A source. Its name and its number are from outside wherever they stand, its words where a sentence says so."""

    name: str
    number: str
    articles: frozenset[str]
    words: tuple[str, ...]
    date: str  # of a law; "" where there is none
    seen: str  # the day on which somebody last looked
    place: Problem

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.number) if self.number else (self.name,)

    def in_any(self, texts: Iterable[str]) -> bool:
        return any(word in text for text in texts for word in (*self.names, *self.words))


@dataclass(frozen=True)
class Outside:
    records: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()  # of the file that has them

    def of_texts(self, texts: Iterable[Text], general: Collection[str] = (), document: str = "") -> Iterator[Problem]:
        """What is wrong with sentences. `general`: those that the sheet says to be from outside; `document`: whatever it names is
        not from outside."""
        for text in texts:
            faults = self._of_outside(text.says, document) if _is_outside(text, general) else self._unsaid(text.says, document)
            for what, mend in faults:
                yield Problem(text.file, text.line, what, mend)

    def uncited(self, texts: Iterable[Text], general: Collection[str], drafts: Iterable[Text]) -> Iterator[Problem]:
        """The records that nothing cites, neither a sentence from outside nor a draft."""
        said = [text.says for text in texts if _is_outside(text, general)] + [text.says for text in drafts]
        for record in self.records:
            if not record.in_any(said):
                what = f"没有一句话用到 {record.name}"
                yield Problem(record.place.file, record.place.line, what, "删掉这一条，或者核对 name 和 words")

    def overdue(self, today: str) -> Iterator[Problem]:
        """The records that nobody has looked at for years, or only on a day to come: they are told, and stop nothing, as a
        machine’s clock may be wrong."""
        since = f"{int(today[:4]) - YEARS}{today[4:]}"
        for record in (one for one in self.records if one.seen < since):
            what = f"{record.name} 上次看是 {record.seen}，已经过了两年"
            yield Problem(record.place.file, record.place.line, what, "重看一遍原文，改 seen")
        for record in (one for one in self.records if max(one.date, one.seen) > today):
            what = f"{record.name} 的日期 {max(record.date, record.seen)} 还没有到"
            yield Problem(record.place.file, record.place.line, what, "写真的看过的那一天；没写错的，对一对这台机器的钟")

    @cached_property
    def _known(self) -> re.Pattern[str]:
        """The names of all records, each with the articles behind it."""
        names = sorted((name for record in self.records for name in record.names), key=len, reverse=True)
        return re.compile(f"《?({'|'.join(map(re.escape, names))}){ARTICLES}") if names else NOWHERE

    def _of_outside(self, says: str, document: str) -> Iterator[tuple[str, str]]:
        of_name = {name: record for record in self.records for name in record.names}
        cited = [(of_name[match[1]], match[2]) for match in self._known.finditer(says)]
        for record, articles in cited:
            for article in _articles(articles):
                if article not in record.articles:
                    yield f"outside.yaml 里 {record.name} 的记录没有{article}", "看过原文，补在 says 里；不是这一条的，照原文改"
        unknown = [one[0] for one in LOOKS_LIKE.finditer(self._known.sub("·", says)) if one[0].strip("《》") not in document]
        for name in unknown:
            yield f"outside.yaml 里没有 {name} 的记录", "找到原文看过，记一条；找不到的，不要印出来"
        if not cited and not unknown and not any(record.in_any(_pieces(says)) for record in self.records):
            mend = "在 outside.yaml 里记一条，words 写这句话里的说法；只是叫人去问的，不用标"
            yield f"说是{OUTSIDE}的，outside.yaml 里没有记录：{says[:25]}", mend

    def _unsaid(self, says: str, document: str) -> Iterator[tuple[str, str]]:
        if any(match[1] not in document for match in self._known.finditer(says)):
            yield f"这是{OUTSIDE}的话，没有标明：{says[:25]}", f"移到 general 里，或者写上“{OUTSIDE}”"


def in_general(policy: Policy) -> set[str]:
    """The sentences that the sheet says to be from outside the document."""
    lines = [line for route in policy.routes.values() for line in route.general]
    return {line.says for line in (*lines, *(line for topic in policy.topics.values() for line in topic.general))}


def _is_outside(text: Text, general: Collection[str]) -> bool:
    return OUTSIDE in text.says or text.says in general


def _articles(cited: str) -> Iterator[str]:
    above = ""
    for match in ARTICLE.finditer(cited):
        above = match[1] or above
        yield match[0] if match[1] or match[0].startswith("第") else above + match[0]


def _pieces(says: str) -> list[str]:
    """The parts of a sentence that say themselves to be from outside; all of it, if none does."""
    pieces = [piece for piece in re.split("[。；！？]", says) if OUTSIDE in piece]
    return pieces or [says]


# ---- the file ----


def read_outside(folder: Traversable) -> Outside:
    """No record where there is no file."""
    if not (folder / FILE).is_file():
        return Outside()
    reader = Reader(folder, FILE)
    root = reader.fields(reader.root, ["outside"], ["outside"])
    places = reader.places(root.get("outside"))
    records = tuple(_record(reader, node, places[one]) for one, node in reader.items(root.get("outside")))
    return Outside(records, (*reader.problems, *_twice(records)))


def _record(reader: Reader, node: Node, place: Problem) -> Record:
    entry = reader.fields(node, KEYS, NEEDED)
    name, number, _ = (reader.word(entry.get(key)) for key in ("name", "number", "source"))
    articles = _articles_of(reader, entry.get("says"))
    if (articles or number) and "date" not in entry:
        reader.problem(node, "缺少 date", "写这部法、这份文件的日期；只知道年份的写年份")
    words = tuple(map(reader.word, reader.list(entry.get("words"))))
    date, seen = reader.word(entry.get("date")), reader.day(entry.get("seen"))
    if date and not is_day(f"{date}-01-01"[:10]):
        reader.problem(entry["date"], f"{date} 不是日期", '写成 "2020-01-16"；只知道年月的写 "2020-01"，只知道年份的写 "2020"')
    if seen and seen < date:
        reader.problem(node, f"{seen} 看的，那时候还没有 {date} 的{name}", "核对 date 和 seen", "seen")
    return Record(name, number, articles, words, date, seen, place)


def _articles_of(reader: Reader, says: Node | None) -> frozenset[str]:
    """What a source says, article by article; or in one piece, then it has none."""
    if says is not None and isinstance(says.value, dict):
        return frozenset(article for article, item in reader.items(says) if reader.word(item))
    reader.word(says)
    return frozenset()


def _twice(records: tuple[Record, ...]) -> Iterator[Problem]:
    seen = set[str]()
    for record in records:
        for name in record.names:
            if name in seen:
                yield Problem(record.place.file, record.place.line, f"{name} 记了两次", "合成一条")
            seen.add(name)
