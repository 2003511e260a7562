"""`luohu policy diff`: who gets another answer by an edit, and what reads otherwise; as text, as a page, as JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

from bot.wording.languages import Language
from bot.wording.sentences import BASIS, HEADINGS, N_, STATUS
from bot.workshop.case_rows import row
from bot.workshop.changed_texts import Changed, by_kind, changed_texts
from bot.workshop.changed_texts import Kind as TextKind
from bot.workshop.conditions import in_words
from flows.book import Book
from flows.facts import Answer
from flows.loading.reader import OVER
from flows.policy import Policy
from flows.proving.changes import Among, Change, Kind, changes
from flows.proving.refined import Refined, landed

TITLE = N_("改动以后，谁的答案变了")
ORDER = N_("每行是一类人，人多的在前：没有人口数字，按回答的各种组合里占多少来排。")
CLASSES = N_("{city}：答案变了的有 {count} 类人")
NOBODY = N_("{city}：谁的答案都没有变")
NOBODY_AT_ALL = N_("谁的答案都没有变")
CITY_IS_NEW = N_("{city}：新加的市，{count} 条途径")
CITY_IS_GONE = N_("{city}：没有这个市了")
LATER = N_("从 {day} 起又不一样，要看：luohu --as-of {day} policy diff …")
TEXTS = N_("文字和数据：{count} 处不一样")
NO_TEXTS = N_("文字和数据：没有不一样的地方")
LINE = N_("{route}：{who}，{condition}——{about}：{old} → {new}（{share}）")
WHO: dict[Among, str] = {
    "old": N_("原来是“{old}”的人"),
    "new": N_("现在是“{new}”的人"),
    "open": N_("这条途径没有排除的人"),
    "all": N_("所有人"),
}
PAPERS, NOT_CLEAR = N_("材料"), N_("文件没有写明，要问")
ABOUT: dict[Kind, str] = {
    "status": N_("结论"),
    "place": HEADINGS["place"],
    "paper": N_("材料“{one}”"),
    "family": N_("“{one}”能不能随迁"),
    "people": N_("最多几个家人随迁"),
    "asked": N_("看不看这条途径"),
    "topic": N_("提不提这个专题"),
}
ALONG = {"own": N_("自己也够这一条"), "yes": N_("可以随迁"), "ask": NOT_CLEAR, "no": N_("不能随迁")}
LISTED, NOT_LISTED, YES, NO, NOWHERE = N_("列出：{basis}"), N_("不列"), N_("是"), N_("否"), N_("没有写")
PEOPLE, FROM, GROWING, NO_QUOTA = N_("{most}个"), N_("{least}到{most}个"), N_("{least}个起，面积大的更多"), N_("没有写人数")
SHARE, FEW, ONLY_UNSURE = N_("占 {percent}%"), N_("不到 0.1%"), N_("只有说不清、没有说的人")
KINDS: dict[TextKind, str] = {
    "conditions": N_("条件"),
    "numbers": N_("数字"),
    "sentences": N_("话"),
    "papers": PAPERS,
    "options": N_("问题和选项"),
    "clauses": N_("条款和文件"),
    "document": N_("文件全文"),
    "words": N_("听得懂的话、查找用的词"),
    "english": N_("译文"),
}
ADDED, GONE, REPLACED = N_("加了：{new}"), N_("去掉：{old}"), N_("{old} → {new}")
STORY = N_("由 luohu policy diff 写出：{line}")
LONGEST = 300  # characters of an entry that are shown

STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "li{margin:.6rem 0}pre{background:#f3f3f3;padding:.6rem;overflow-x:auto;font-size:.85rem}"
    "td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc}small{color:#555}"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of the policies on a day: of each city the classes, and all that reads otherwise. `later`: the days after
    that, from which on the classes are others."""

    before: Book
    after: Book
    cities: dict[str, tuple[Change, ...]]  # those that both have
    texts: list[Changed]
    later: Sequence[str] = ()

    @property
    def reaches(self) -> bool:
        """Whether anybody gets another answer, or can choose another city."""
        return any(self.cities.values()) or set(self.before.cities) != set(self.after.cities)


def difference(on: Callable[[str], tuple[Book, Book]], day: str, old: Path, new: Path, draft: str = "") -> Difference:
    """As two folders are on a day; `on`: what they are on any. `draft`: of the new one. Raises PolicyError where one of them
    cannot be read."""
    before, after = on(day)
    classes = _classes(before, after)
    days = sorted({*before.overview.turning_days, *after.overview.turning_days})
    later, told = [], classes
    for turning in (one for one in days if one > day):
        now = _classes(*on(turning))
        if now != told:
            later.append(_first_day(turning))
        told = now
    return Difference(before, after, classes, changed_texts(old, new, draft), later)


def _first_day(turning: str) -> str:
    day = date.fromisoformat(turning.rstrip(OVER))
    return (day + timedelta(days=1) if turning.endswith(OVER) else day).isoformat()


def _classes(before: Book, after: Book) -> dict[str, tuple[Change, ...]]:
    before.load_all()
    after.load_all()
    both = [city for city in after.cities if city in before.cities]
    return {city: changes(before.city(city).policy, after.city(city).policy) for city in both}


# ---- a class in words ----


@dataclass(frozen=True)
class Words:
    """Says what changed in a language. Long, as every kind of change has its own few words."""

    found: Difference
    words: Language

    def heads(self) -> Iterator[tuple[str, Policy | None, tuple[Change, ...]]]:
        """For each city a head line, and its classes; one line where nobody's answer changed. Then the days to come."""
        yield from self._cities()
        for day in self.found.later:
            yield self.words(LATER, day=day), None, ()

    def _cities(self) -> Iterator[tuple[str, Policy | None, tuple[Change, ...]]]:
        if not self.found.reaches:
            yield self.words(NOBODY_AT_ALL), None, ()
            return
        for city, classes in self.found.cities.items():
            policy = self.found.after.city(city).policy
            text = CLASSES if classes else NOBODY
            yield self.words(text, city=self.words(policy.name), count=len(classes)), policy, classes
        for city in self.found.after.cities:
            if city not in self.found.cities:
                policy = self.found.after.city(city).policy
                yield self.words(CITY_IS_NEW, city=self.words(policy.name), count=len(policy.routes)), None, ()
        for city in self.found.before.cities:
            if city not in self.found.cities:
                yield self.words(CITY_IS_GONE, city=self.words(self.found.before.city(city).policy.name)), None, ()

    def line(self, policy: Policy, one: Change) -> str:
        old, new = (self._answer(one, said) for said in (one.old, one.new))
        facts = Refined(self.found.before.city(one.city).policy, policy).facts
        return self.words(
            LINE,
            route=one.one,
            who=self.words(WHO[one.among], old=old, new=new),
            condition=in_words(facts, one.condition, self.words),
            about=self.words(ABOUT[one.kind], one=self._about(policy, one)),
            old=old,
            new=new,
            share=self._share(one.share),
        )

    def _share(self, share: float) -> str:
        if not share:
            return self.words(ONLY_UNSURE)
        return self.words(SHARE, percent=f"{share * 100:.1f}") if share >= 0.001 else self.words(FEW)

    def _about(self, policy: Policy, one: Change) -> str:
        if one.kind == "paper":
            papers = {**self.found.before.papers, **self.found.after.papers}
            return f"{one.about} {self.words(papers.get(one.about, ''))}".strip()
        return self.words(policy.facts["movers"].options.get(one.about, one.about)) if one.kind == "family" else ""

    def _answer(self, one: Change, said: tuple[str, ...]) -> str:
        match one.kind:
            case "status":
                return self.words(STATUS[said[0]])  # type: ignore[index]  # a status
            case "place":
                return "、".join(said) or self.words(NOWHERE)
            case "paper":
                return self.words(LISTED, basis=self.words(BASIS[said[0]])) if said else self.words(NOT_LISTED)  # type: ignore[index]  # a basis
            case "people":
                return self._people(*said) if said else self.words(NO_QUOTA)
            case "family":
                return self.words(ALONG[said[0]]) if said else self.words(NOWHERE)
            case _:
                return self.words(YES if said else NO)

    def _people(self, least: str, most: str) -> str:
        text = GROWING if not most else PEOPLE if least == most else FROM
        return self.words(text, least=least, most=most)

    def witness(self, policy: Policy, one: Change, number: int) -> list[str]:
        """One of the class, as a case that holds by the new version."""
        facts = landed(policy.facts, one.witness)
        expect = {one.one: policy.statuses(facts)[one.one]} if one.one in policy.routes else {}
        clause = policy.routes[one.one].clause if one.one in policy.routes else ""
        story = self.words(STORY, line=self.line(policy, one))
        return list(row(f"diff-{one.city}-{number}", story, one.witness, expect, clause))

    def text(self, one: Changed) -> str:
        old, new = (said if len(said) <= LONGEST else f"{said[:LONGEST]}…" for said in (one.old, one.new))
        says = self.words(REPLACED if old and new else ADDED if new else GONE, old=old, new=new)
        return f"{one.file}:{one.line} {' › '.join(one.where)}{' ' if one.where else ''}{says}"


# ---- as text, as a page, as JSON ----


def written(found: Difference, language: str, form: str) -> Iterator[str]:
    match form:
        case "json":
            yield json.dumps(as_json(found, language), ensure_ascii=False, indent=2)
        case "html":
            yield page(found, language)
        case _:
            yield from text_lines(found, language)


def text_lines(found: Difference, language: str) -> Iterator[str]:
    """What changed, and the witnesses as cases: a file of cases with everything else in its comments."""
    said = Words(found, Language(language))
    yield f"# {said.words(TITLE)}"
    if any(found.cities.values()):
        yield f"# {said.words(ORDER)}"
    for head, policy, classes in said.heads():
        yield f"# {head}"
        for number, one in enumerate(classes, 1):
            if policy is not None:
                yield f"#   {number}. {said.line(policy, one)}"
                yield from said.witness(policy, one, number)
    yield f"# {said.words(TEXTS, count=len(found.texts)) if found.texts else said.words(NO_TEXTS)}"
    for kind, some in _sorted(found.texts):
        yield f"# {said.words(KINDS[kind])}"
        for entry in some:
            yield from (f"#   {line}" for line in said.text(entry).split("\n"))


def page(found: Difference, language: str) -> str:
    said = Words(found, Language(language))
    parts = [f"<h1>{escape(said.words(TITLE))}</h1><p>{escape(said.words(ORDER))}</p>"]
    for head, policy, classes in said.heads():
        items = "".join(_item(said, policy, one, number) for number, one in enumerate(classes, 1) if policy)
        parts.append(f"<h2>{escape(head)}</h2>" + (f"<ol>{items}</ol>" if items else ""))
    count = said.words(TEXTS, count=len(found.texts)) if found.texts else said.words(NO_TEXTS)
    parts.append(f"<h2>{escape(count)}</h2>")
    for kind, some in _sorted(found.texts):
        rows = "".join(_cells(one) for one in some)
        parts.append(f"<h3>{escape(said.words(KINDS[kind]))}</h3><table>{rows}</table>")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(said.words(TITLE))}</title>'
    body = f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>"
    return f'<!doctype html><html lang="{said.words.code}"><head>{head}{body}'


def _item(said: Words, policy: Policy, one: Change, number: int) -> str:
    case = escape("\n".join(said.witness(policy, one, number)))
    return f"<li>{escape(said.line(policy, one))}<details><summary>YAML</summary><pre>{case}</pre></details></li>"


def _cells(one: Changed) -> str:
    place = f"{one.file}:{one.line}<br>{escape(' › '.join(one.where))}"
    return f"<tr><td><small>{place}</small></td><td><del>{escape(one.old)}</del></td><td><ins>{escape(one.new)}</ins></td></tr>"


def as_json(found: Difference, language: str) -> dict[str, Any]:
    said = Words(found, Language(language))
    return {
        "cities": {
            city: [
                {
                    "kind": one.kind,
                    "route": one.one,
                    "about": one.about or None,
                    "old": list(one.old),
                    "new": list(one.new),
                    "among": one.among,
                    "conditions": {fact: list(map(_json, answers)) for fact, answers in one.condition.items()},
                    "share": round(one.share, 6),
                    "says": said.line(found.after.city(city).policy, one),
                    "witness": {fact: _json(answer) for fact, answer in one.witness.items()},
                }
                for one in classes
            ]
            for city, classes in found.cities.items()
        },
        "new_cities": [city for city in found.after.cities if city not in found.cities],
        "gone_cities": [city for city in found.before.cities if city not in found.cities],
        "later": [*found.later],
        "texts": [
            {"kind": one.kind, "file": one.file, "line": one.line, "where": list(one.where), "old": one.old, "new": one.new}
            for one in found.texts
        ],
    }


def _json(answer: Answer | None) -> str | list[str] | None:
    return list(answer) if isinstance(answer, tuple) else answer


def _sorted(texts: Iterable[Changed]) -> Iterator[tuple[TextKind, list[Changed]]]:
    kinds = by_kind(texts)
    for kind in KINDS:
        if kind in kinds:
            yield kind, kinds[kind]
