"""A city's file against the text of its document: its clauses, its number and day, and what cites them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from unicodedata import normalize

from flows.book import Book, Problem, Text
from flows.loading.outline import Numbering, cited, cited_in, contents, outline
from flows.loading.outside import OUTSIDE, Outside, in_general
from flows.loading.reader import name_of
from flows.policy import Policy

DOCUMENTS = "documents"  # the folder of their texts, beside the cities
DRAFTS = "drafts"  # the folder of what nobody is shown yet: a folder a city
WHOLE = "全文"  # cites no single clause
COPIED = 40  # characters in a row that a sentence may share with the document; a list of names or a title may be longer
NEARER = 3  # pairs of characters that a condition shares with another clause rather than with the one that it cites
DIGITS = re.compile(r"\d+(?:\.\d+)?")
HAN = re.compile("[\u4e00-\u9fff]+")
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
VALUES = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
NUMERALS = re.compile(f"[{''.join((*UNITS, *VALUES))}]+")
LISTING = re.compile(r"《|市公安局|、市")


@dataclass(frozen=True, slots=True)
class Against:
    """What a city's file says of its document, where each thing stands."""

    folder: Traversable  # of the policies
    file: str  # the city's
    document: str  # within the folder
    policy: Policy
    numbering: Numbering
    ledger: Sequence[Text]  # the list of clauses
    cited: Sequence[tuple[str, Text]]  # route or topic -> a clause that it cites
    texts: Sequence[Text]
    lines: Mapping[str, int]  # of the document's title, number and day, and of the list of clauses
    book: Book

    @property
    def its_name(self) -> str:
        return f"{name_of(self.folder)}/{self.document}"

    def problems(self) -> Iterator[Problem]:
        try:
            text = (self.folder / self.document).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            yield Problem(self.its_name, 1, "没有文件全文，或者打不开", "把文件全文存成这个名字的 UTF-8 文本")
            return
        yield from self._named(text)
        yield from self._copied(text)
        yield from self._numbers(text)
        if isinstance(self.book.outside, Outside):
            yield from self.book.outside.of_texts(self.texts, in_general(self.policy), text)
        if not self.numbering.marks:
            yield Problem(
                self.file,
                self.lines.get("document", 1),
                "没有写文件怎样给条款编号（numbering）",
                "照 policies/README.md 写在 document 下面",
            )
            return
        clauses = outline(self.numbering, text)
        yield from self._listed(clauses)
        yield from self._citations(clauses)
        yield from self._elsewhere(contents(self.numbering, text))

    def _named(self, text: str) -> Iterator[Problem]:
        """Title, number and day stand in the document."""
        document, plain = self.policy.document, _bare(text)
        year, month, day = (document.issued or "0-0-0").split("-")
        wanted = {"title": document.title.strip("《》"), "number": document.number}
        wanted["issued"] = f"{year}年{int(month)}月{int(day)}日" if document.issued else ""
        for key, says in wanted.items():
            if _bare(says) not in plain:
                what = f"文件全文里没有“{says}”（document 的 {key}）"
                yield Problem(
                    self.file,
                    self.lines.get(key, 1),
                    what,
                    "照文件改；文件没有写的，去掉这一行" if key != "title" else "照文件改",
                )

    def _listed(self, clauses: Mapping[str, int]) -> Iterator[Problem]:
        """The list of clauses has every clause of the document, and no other."""
        listed = {entry.says for entry in self.ledger}
        for entry in self.ledger:
            if entry.says not in clauses:
                yield _unknown(entry, entry.says, clauses)
        for clause, line in clauses.items():
            if clause not in listed:
                what = f"{clause} 没有出现在条款清单（clauses）里"
                yield Problem(
                    self.its_name, line, what, f"在 {self.file} 的 clauses 里写上由哪条途径、哪个专题实现，或者 administrative"
                )

    def _citations(self, clauses: Mapping[str, int]) -> Iterator[Problem]:
        """What is cited is there, and the list of clauses knows who cites it."""
        carried = {clause.id: {*clause.routes, *clause.topics} for clause in self.policy.clauses}
        for one, text in self.cited:
            found, unknown = ([], "") if text.says == WHOLE else cited(text.says, clauses)
            if unknown:
                yield _unknown(text, unknown, clauses)
            for clause in found:
                if one not in carried.get(clause, (one,)):
                    short = one.removeprefix(f"{self.policy.city}.")
                    what = f"{short} 引了 {clause}，条款清单里这一条下面却没有 {short}"
                    yield Problem(text.file, text.line, what, "改成对的条款；条款没有错的，在清单里这一条下面写上它")
        seen = {text for _, text in self.cited}
        for text in (one for one in self.texts if one not in seen):
            for name in cited_in(text.says, clauses):
                yield _unknown(text, name, clauses)

    def _copied(self, text: str) -> Iterator[Problem]:
        """Own words: no sentence shares a long run with the document."""
        plain = re.sub(r"\s", "", text)
        for one in self.texts:
            runs = (one.says[start : start + COPIED] for start in range(len(one.says) - COPIED + 1))
            if any(run in plain and not LISTING.search(run) for run in runs):
                what = f"整段抄了文件原文（{COPIED}字以上）：{one.says[:20]}…"
                yield Problem(one.file, one.line, what, "用自己的话写，短、白")

    def _numbers(self, text: str) -> Iterator[Problem]:
        """A number that is said is the document's; but for what is not from it, and what a resident says."""
        known = numbers(text)
        beside = in_general(self.policy) | {line.says for route in self.policy.routes.values() for line in route.asks}
        for one in self.texts:
            if one.says not in beside and OUTSIDE not in one.says:
                for number in sorted(set(DIGITS.findall(one.says)) - known):
                    what = f"文件全文里没有 {number} 这个数：{one.says[:30]}"
                    yield Problem(one.file, one.line, what, f"照文件改；不是文件里的话，移到 general，或者写上“{OUTSIDE}”")

    def _elsewhere(self, clauses: Mapping[str, str]) -> Iterator[Problem]:
        """A condition that is in the words of another clause of its route than the one that it cites."""
        lines = {one.says: one for one in reversed(self.texts)}
        for route in self.policy.routes.values():
            carries = [clause.id for clause in self.policy.clauses if route.id in clause.routes and clause.id in clauses]
            for texts in (rule.texts for rule in route.needs.needs if rule.texts.clause != WHOLE and rule.texts.says in lines):
                mine = cited(texts.clause, clauses)[0]
                words = _words(f"{texts.says}。{texts.lack}。{texts.find_out}")
                shared = {clause: len(words & _words(clauses[clause])) for clause in carries if clause not in mine}
                nearest = max(shared, key=lambda clause: shared[clause], default="")
                if nearest and shared[nearest] >= len(words & _words("".join(clauses[one] for one in mine))) + NEARER:
                    place = lines[texts.says]
                    what = f"“{texts.says}”引了 {texts.clause}，可是用的是 {nearest} 的话"
                    yield Problem(place.file, place.line, what, f"多半要写 clause: {nearest}；没有引错的，says 里用那一条的原词")


def numbers(text: str) -> set[str]:
    """The numbers of a text, those in Chinese numerals, too."""
    return set(DIGITS.findall(normalize("NFKC", _bare(text)))) | {str(_value(one)) for one in NUMERALS.findall(text)}


def _value(numeral: str) -> int:
    total = digit = 0
    for sign in numeral:
        if sign in UNITS:
            total, digit = (total + (digit or 1)) * UNITS[sign] if sign == "万" else total + (digit or 1) * UNITS[sign], 0
        else:
            digit = digit * 10 + VALUES[sign]
    return total + digit


def _words(says: str) -> set[str]:
    """Every two characters that stand together."""
    return {run[at : at + 2] for run in HAN.findall(says) for at in range(len(run) - 1)}


def _unknown(text: Text, clause: str, clauses: Iterable[str]) -> Problem:
    near = [one for one in clauses if one[:2] == clause[:2]] or list(clauses)
    return Problem(text.file, text.line, f"文件里没有 {clause} 这一条", f"文件有：{'、'.join(near[:20])}")


def _bare(text: str) -> str:
    """Without blanks, and with brackets of one kind."""
    return re.sub(r"\s", "", text).translate(str.maketrans("[]()", "〔〕（）"))
