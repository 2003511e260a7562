"""`luohu policy prove`: what a proof found, as a file of cases: a witness is one, and above it a comment says what is wrong."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bot.wording.languages import Language
from bot.wording.sentences import N_
from bot.workshop.case_rows import row
from flows.loading.cities import where_written
from flows.loading.yaml import Node, read_yaml
from flows.policy import Policy
from flows.proving.claims import Found, Grade, Kind
from flows.proving.proof import Part, parts, proved, together
from flows.rules import STATUS, Rule

LISTS = dict(
    zip(STATUS, ("met", "local_rules", "ambiguous", "curable", "", "elsewhere", "unmet"), strict=True)
)  # in a city's file

SAYS: Mapping[Kind, str] = {
    "never_fits": N_("这条途径谁都不符合：条件{rules}放在一起，没有人能都满足。改其中一个的 met，或者删掉这条途径"),
    "never_status": N_(
        "条件{rules}写了 {list}，可是谁都得不到这个结论：别的条件先把这些人挡住了。核对这几个条件，或者去掉 {list}"
    ),
    "never_met": N_("条件{rule}没有人能满足{against}。核对 met 和 when，多半是选项写反了"),
    "always_met": N_("条件{rule}谁都满足，或者差了也不影响结论：有它没它一个样。核对归类，或者删掉这个条件"),
    "never_decides": N_("条件{rule}的 {list} 对谁都不起作用：归到这里的人，别的条件已经定了结论。核对归类，或者改写 when"),
    "idle_item": N_("算分的 {fact} 给几分都不要紧：没有人少了它的分就不够。核对各项的分和门槛，或者去掉这一项"),
    "overlap": N_("同一个人可以同时符合两条途径（{matter}）"),
    "differs": N_(
        "两处用了同一个名字“{noun}”，对“{option}”的归类却不一样（{clauses}）。核对是不是文件本来就不同；不同就换个名字"
    ),
    "no_place": N_("有人可以申请，户口却没有地方落：placements 里没有一条对得上。在最后加一条不带 when 的，或者补上这种情况"),
    "idle_place": N_(
        "第 {place} 个落户地点（{where}）谁都轮不到：前面的几条已经把人都收走了，或者这样的人不符合途径。改次序，或者改 when"
    ),
    "never_paper": N_("材料 {about} 谁都用不着：对得上 when 的人不符合途径，或者前面的一条已经列了它。核对 when，或者去掉"),
    "always_paper": N_("材料 {about} 的 when（unless）不起作用：符合途径的人都一样。去掉它，或者核对选项"),
    "never_mover": N_("“{mover}”谁都带不走：对得上那种情况的人不符合途径。核对 family，或者去掉"),
    "always_mover": N_("“{mover}”的那种情况不起作用：合不合都一样随迁。核对 family 里的 when，或者去掉它"),
    "dead_end": N_("问到这里没有下一题，也没有结论（{matter}）：途径还差没有问的事。核对 ask_when 和 when"),
    "asks_twice": N_("{fact} 已经答过，又问了一遍（{matter}）：条件没有给这个回答归类"),
    "nothing_to_choose": N_("问 {fact} 的时候一个选项也没有（{matter}）：narrowed 里的 without 去掉了全部选项"),
    "never_asked": N_("条件要看 {fact}，可是哪一段问答都问不到它，也推不出来。核对 matters、when 和别的条件"),
    "never_offered": N_("{fact} 的选项 {option} 哪一段问答都不列出来，也推不出来。核对 narrowed，或者去掉这个选项"),
    "not_exact": N_(
        "问完了说是 {status}，全部情况都说出来却是 {truth}（{matter}）：会改变结论的事没有问，多半是 when 里的事没有条件去问"
    ),
    "better_missed": N_(
        "问完的时候这条途径还没问清（当时是 {status}），全部情况都说出来却是 {truth}（{matter}），答案因此不一样"
    ),
    "too_many": N_("{matter}：没有证完（看了 {questions} 种情形还没有完），不能说没有问题"),
    "longest": N_("{matter}：最多问 {questions} 题（连城市和要办的事在内）"),
}
GRADES: Mapping[Grade, str] = {"fault": N_("错误"), "unproved": N_("没有证完"), "note": N_("供核对")}
SUMMARY = N_("{city}：错误 {faults} 处，没有证完 {unproved} 处，供核对 {notes} 处")
SOUND = N_("{city}：都证明了，没有错误；供核对 {notes} 处")
AGAINST = N_("：它和条件{rule}对不上")
CONDITION = N_("“{says}”（{clause}）")
STORY = N_("由 luohu policy prove 写出：{says}")


def prove_all(policies: list[Policy]) -> list[tuple[Found, ...]]:
    """What is found of each city; on as many processors as there are, where processes can share what was loaded."""
    jobs = [(place, part) for place, policy in enumerate(policies) for part in parts(policy)]
    if (os.cpu_count() or 1) > 1 and "fork" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("fork")  # what was loaded is there, and is not sent
        with ProcessPoolExecutor(initializer=_begin, initargs=(policies,), mp_context=context) as pool:
            done = list(pool.map(_work, jobs))
    else:
        done = [proved(policies[place], part) for place, part in jobs]
    results: list[list[Part]] = [[] for _ in policies]
    for (place, _), part in zip(jobs, done, strict=True):
        results[place].append(part)
    return [together(policy, some) for policy, some in zip(policies, results, strict=True)]


_policies: list[Policy] = []


def _begin(policies: list[Policy]) -> None:
    _policies[:] = policies


def _work(job: tuple[int, str]) -> Part:
    return proved(_policies[job[0]], job[1])


# ---- in words ----


def report(folder: Path, policy: Policy, found: Iterable[Found], words: Language, draft: str = "") -> Iterator[str]:
    """The lines of a file of cases: faults first, then what is not proved, then what is worth a look. `draft`: which city is
    read from the drafts."""
    order = {grade: place for place, grade in enumerate(GRADES)}
    every = sorted(found, key=lambda one: order[one.grade])
    counts = {grade: sum(1 for one in every if one.grade == grade) for grade in GRADES}
    lines = _Lines(folder, policy, draft)
    for number, one in enumerate(every, 1):
        says = _says(policy, one, words)
        yield f"# {words(GRADES[one.grade])} {lines.place(one)} {'、'.join(one.routes)}{'：' if one.routes else ''}{says}"
        if one.witness is not None:
            yield from _case(policy, one, f"prove-{policy.city}-{number}", words(STORY, says=says))
            yield ""
    name = words(policy.name)
    if counts["fault"] or counts["unproved"]:
        yield "# " + words(SUMMARY, city=name, faults=counts["fault"], unproved=counts["unproved"], notes=counts["note"])
    else:
        yield "# " + words(SOUND, city=name, notes=counts["note"])


def _says(policy: Policy, one: Found, words: Language) -> str:
    named = [_condition(rule, words) for rule in one.rules]
    route = policy.routes[one.routes[0]] if one.routes else None
    truth = next(iter(one.expect.values()), "")
    return words(
        SAYS[one.kind],
        rules="".join(dict.fromkeys(named)),
        rule=named[0] if named else "",
        against=words(AGAINST, rule=named[1]) if len(named) > 1 else "",
        list=LISTS.get(one.status, "") if one.status else "",
        noun=words(getattr(one.rules[0].texts, "noun", "")) if one.rules else "",
        clauses="、".join(rule.texts.clause for rule in one.rules),
        option=words(policy.facts[one.fact].options.get(one.option, one.option)) if one.fact else "",
        place=(one.place or 0) + 1,
        where=route.placements[one.place].place if route and one.place is not None and not one.about else "",
        fact=one.fact,
        about=one.about,
        mover=words(policy.facts["movers"].options.get(one.about, one.about)),
        status=one.status or "",
        truth=truth,
        matter=words(policy.facts["matter"].options.get(one.matter, one.matter)),
        questions=one.questions,
    )


def _condition(rule: Rule, words: Language) -> str:
    named = words(rule.texts.says) or rule.texts.lack or next(rule.leaves()).fact
    return words(CONDITION, says=named, clause=rule.texts.clause)


# ---- the witness ----


def _case(policy: Policy, one: Found, name: str, story: str) -> Iterator[str]:
    facts = (
        policy.known(one.witness or {})
        if one.kind in ("not_exact", "better_missed", "dead_end", "longest")
        else one.witness or {}
    )
    matter = [route.id for route in policy.asked_for(facts)] or list(one.routes)
    expect = one.expect or {route: policy.statuses(facts)[route] for route in matter}
    yield from row(name, story, facts, expect, policy.routes[one.routes[0]].clause if one.routes else "")


# ---- where it stands ----


class _Lines:
    """The lines of a city's file on which its routes, conditions and placements stand."""

    def __init__(self, folder: Path, policy: Policy, draft: str) -> None:
        self.policy = policy
        written = where_written(policy.city, draft)
        self.file = f"{folder.resolve().name}/{written}"
        self.root = read_yaml((folder / written).read_text(encoding="utf-8"), self.file)

    def place(self, one: Found) -> str:
        """file:line, as near as can be said."""
        if not one.routes:
            return self.file
        route = one.routes[0]
        node = _under(_under(self.root, "routes"), route.removeprefix(f"{self.policy.city}."))
        if one.place is not None:
            node = _nth(_under(node, "papers" if one.about else "placements"), one.place) or node
        elif one.about:
            node = _under(node, "family") or node
        elif one.rules:
            node = self._condition(route, one.rules[0], node) or node
        return f"{self.file}:{node.line if node else 1}"

    def _condition(self, route: str, wanted: Rule, node: Node | None) -> Node | None:
        for number, rule in enumerate(self.policy.routes[route].needs.needs):
            if rule == wanted or wanted in tuple(rule.leaves()):
                return _nth(_under(node, "needs"), number)
        return None


def _under(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node and isinstance(node.value, dict) else None


def _nth(node: Node | None, number: int) -> Node | None:
    return node.value[number] if node and isinstance(node.value, list) and number < len(node.value) else None
