"""Rules for what is said on the phone: whoever has to ask has a sentence; the first says who asks for what; none says more than
the person did."""

import re
from collections.abc import Iterator

from flows.book import City, Problem
from flows.facts import UNSURE, Line
from flows.policy import Policy
from flows.routes import Route
from flows.rules import AMBIGUOUS, Need

OPENING = re.compile("我|孩子|家里")
UNSAID = {  # what a sentence for the phone cannot say of somebody who does not know it, or said otherwise
    ("housing", UNSURE): r"自己名下|我[^，。]*有自己的房|我[^，。]*租房住|我住(单位)?宿舍|我借住|我的房子",
    ("house_owner", "child"): r"我(在[^，。的]+)?的房子",
    ("house_owner", "parent"): r"我(在[^，。的]+)?的房子",
    ("record_problem", UNSURE): r"我(一直)?没有户口|超生的|两个户口|信息有错",
    ("joiner_relation", UNSURE): r"投靠(爱人|父母|子女)|我和(爱人|子女)",
    ("student_stage", UNSURE): r"我毕业了|我是(高校|大专以上)毕业生|我还在上学",
    ("couple_lives", UNSURE): r"现在住在一起",
    ("hukou_kind", UNSURE): r"一个城镇户口、一个农村户口|都是农村户口",
    ("ties", UNSURE): r"我住在你们这里",
    ("work", UNSURE): r"我[^，。]*(上班|摆摊)",
    ("with_soldier_elders", UNSURE): r"和军人的父母（祖辈）住在一起",
}


def phone_problems(city: City) -> Iterator[Problem]:
    policy = city.policy
    places = {text.says: text for text in city.texts}
    for route in policy.routes.values():
        for says, what, mend in (*_firsts(policy, route), *_unsaid(route)):
            where = places.get(says) or places.get(route.title) or city.texts[0]
            yield Problem(where.file, where.line, what, mend)


def _firsts(policy: Policy, route: Route) -> Iterator[tuple[str, str, str]]:
    from flows.proving.unaided import Phone  # only here: who serves people proves nothing

    phone = Phone(policy, route)
    for says in phone.firsts:
        if says and OPENING.search(says):
            continue
        somebody = "、".join(f"{fact}: {_shown(answer)}" for fact, answer in phone.somebody(says).items())
        if says:
            what = f"有人打电话，第一句就是这一句，没有说清谁要办什么：{says[:25]}（例如 {somebody}）"
            yield says, what, "用“我”“孩子”或者“家里”开头，说谁要办什么；或者在它前面给这样的人加一句"
        else:
            last = route.asks[-1].says if route.asks else ""
            what = f"“{route.title}”有人要打电话问，asks 里没有一句是给他的（例如 {somebody}）"
            yield last, what, "给这样的人加一句，或者最后加一句不带 when 的"


def _shown(answer: object) -> str:
    return answer if isinstance(answer, str) else f"[{', '.join(map(str, answer))}]" if isinstance(answer, tuple) else str(answer)


def _unsaid(route: Route) -> Iterator[tuple[str, str, str]]:
    lines: list[tuple[Line, Need | None]] = [(line, None) for line in route.asks]
    lines += [(line, need) for need in route.needs.leaves() for line in need.texts.question]
    for (fact, answer), pattern in UNSAID.items():
        for line, need in lines:
            said = re.search(pattern, line.says) if fact in route.looked_at else None
            if said and not _kept_from(fact, answer, line, need):
                what = f"{fact} 是 {answer} 的人也会念到这一句，他没有这样说过：“{said[0]}”"
                yield line.says, what, f"给这一句写 when，里面写 {fact}，不写 {answer}；给这样的人另写一句"


def _kept_from(fact: str, answer: str, line: Line, need: Need | None) -> bool:
    """Whether nobody reads it who answered so: by its own situation, or as its condition is asked about something else."""
    whens = [when for when in (line.when, need.when if need else None) if when]
    elsewhere = need is not None and need.fact == fact and need.table.get(answer) != AMBIGUOUS
    return elsewhere or any(one == fact and answer not in accepted for when in whens for one, accepted in when.accepted)
