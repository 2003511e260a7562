"""What a policy author can get wrong: every mistake is refused, with its file, its line and the mend.

Long, as the table of mistakes stands here.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import check
from bot.wording import languages as i18n
from bot.wording.sentences import THE_MOVER
from conftest import CITIES, ROOT
from flows.amounts import pattern_of
from flows.book import Book, PolicyError, Problem
from flows.facts import Facts
from flows.loading.load import load
from flows.loading.yaml import DEPTH_LIMIT, FILE_LIMIT, NODE_LIMIT, read_yaml

FILES = ("facts", "papers", *CITIES)
MARK = "◄"  # in a changed text: the line that the refusal must name; taken out before the file is written
SECONDS = 2  # of the processor: no file may keep the loader longer

Edit = Callable[[str], str | bytes]


# ---- a copy of policies/ with a mistake in it ----


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_policies(tmp_path)


def copy_of_policies(place: Path) -> Path:
    """Without what is heard, which has tests of its own."""
    ignore = shutil.ignore_patterns("__pycache__", "heard.yaml")
    return Path(shutil.copytree(ROOT / "policies", place / "policies", ignore=ignore))


def swap(old: str, new: str) -> Edit:
    """Replaces a text that stands in the file exactly once."""

    def edit(text: str) -> str:
        assert text.count(old) == 1, f"stands {text.count(old)} times in the file: {old}"
        return text.replace(old, new)

    return edit


def append(more: str) -> Edit:
    return lambda text: text + more


def instead(new: str) -> Edit:
    return lambda _: new


def before_work(condition: str) -> Edit:
    """One more condition for tianshui.registered-poor."""
    return swap("      - fact: work\n", f"      - {condition}{MARK}\n      - fact: work\n")


def spoil(folder: Path, file: str, edit: Edit, at: str = "") -> int:
    """Makes the mistake; returns the line that the refusal must name: that of MARK, else that of `at`, else the first."""
    path = folder / f"{file}.yaml"
    content = edit(path.read_text(encoding="utf-8"))
    if isinstance(content, bytes):
        path.write_bytes(content)
        return 1
    place = MARK if MARK in content else at
    assert not place or content.count(place) == 1, f"stands {content.count(place)} times in the file: {place}"
    path.write_bytes(content.replace(MARK, "").encode())
    return content[: content.index(place)].count("\n") + 1


def refusal(folder: Path) -> tuple[Problem, ...]:
    """Every problem of the policies; none: they are accepted."""
    started = time.process_time()
    try:
        load(folder).load_all()
    except PolicyError as error:
        return error.problems
    finally:
        assert time.process_time() - started < SECONDS
    return ()


def assert_named(problems: Sequence[Problem], file: str, line: int, *names: str) -> None:
    """One problem is at the line, has a mend and says every name."""
    for problem in problems:
        said = f"{problem.what}。{problem.mend}"
        if (
            (problem.file, problem.line) == (f"policies/{file}.yaml", line)
            and problem.mend
            and all(name in said for name in names)
        ):
            return
    found = "\n".join(map(str, problems)) or "(accepted)"
    raise AssertionError(f"no problem at policies/{file}.yaml:{line} says {names} and a mend, but:\n{found}")


# ---- the mistakes ----


@dataclass(frozen=True)
class Mistake:
    """Its line is that of the mistake itself, or the first of the need, family, paper, clause or list that lacks something."""

    file: str
    edit: Edit
    names: tuple[str, ...]  # what the refusal must say, in its sentence or in its mend
    at: str
    or_next: bool


def row(mistake: str, file: str, edit: Edit, *names: str, at: str = "", or_next: bool = False) -> Any:
    """`or_next`: the YAML parser may notice it a line later."""
    return pytest.param(Mistake(file, edit, names, at, or_next), id=mistake)


HOME = "{fact: housing, met: [owned], unmet: others}"
LEASE = "{fact: housing, met: [rented], unmet: others}"
NO_NEEDS = """
routes:
  anybody:
    title: 谁都可以
    clause: 一(一)
    matters: [study]
    needs: []◄
"""

# fmt: off
MISTAKES = [  # the mistake in words; the file; old text, new text (◄ the line to be named); what must be said of it
    # -- keys
    row("unknown key of a city", "tianshui", swap("counties:\n", "countys:◄\n"), "countys", "是不是 counties"),
    row("unknown key of a route", "tianshui", swap("matters: [resi", "mattters:◄ [resi"), "mattters", "是不是 matters"),
    row("unknown key of a condition", "tianshui", swap("unmet: [none]", "unnmet: [none]◄"), "unnmet", "是不是 unmet"),
    row("unknown key of a paper", "tianshui", swap("when: {work: [employee]}", "whenn:◄ {work: [employee]}"), "whenn", "是不是 when"),
    row("unknown key of a clause", "tianshui", swap("topics: [health]", "topic: [health]◄"), "topic", "是不是 topics"),
    row("unknown key of a question", "facts", swap("nothing: 都没交", "noting: 都没交◄"), "noting", "是不是 nothing"),
    row("unknown key, none is near", "tianshui", swap("name: 天水\n", "name: 天水\nzzz: 1◄\n"), "zzz", "counties"),
    row("duplicate key", "tianshui", swap("name: 天水\n", "name: 天水\nname: 天水市◄\n"), "name", "重复", "第 2 行"),
    row("duplicate route", "tianshui", swap("  registered-poor:\n", "  open-settlement:◄\n"), "open-settlement", "重复"),
    row("duplicate option", "facts", swap("  dormitory: 宿舍", "  owned: 宿舍◄"), "owned", "重复"),
    row("keys out of order", "tianshui",
        swap("paper: registered-poor-certificate\n        basis: named", "basis: named◄\n        paper: resident-id"),
        "顺序", "paper、basis"),
    row("need without clause", "tianshui",
        swap("clause: 二、第2项\n        met: [emp", "met: [emp"), "clause", at="- fact: work"),
    row("need with an empty clause", "tianshui",
        swap("clause: 二、第2项\n        met: [emp", 'clause: ""◄\n        met: [emp'), "空"),
    row("need without says", "tianshui", swap("- fact: work\n        says:", "- fact: work◄\n        # says:"), "says"),
    row("need without fact", "tianshui", swap("- fact: work\n        says:", "- says:◄"), "fact"),
    row("any without says", "tianshui", before_work(f"{{any: [{HOME}, {LEASE}], clause: 二、第2项}}"), "says"),
    row("any without clause", "tianshui", before_work(f"{{any: [{HOME}, {LEASE}], says: 有住处}}"), "clause"),
    row("route without title", "shaoguan",
        swap("  join-kin:\n    title:", "  join-kin:\n    # title:"), "title", at="    search: [离婚, 再婚, 养老"),
    row("route without a glance", "shaoguan",
        swap("    glance: 大专以上毕业，就看这条", "    # glance: 大专以上毕业，就看这条"), "shaoguan.graduate 没有 glance", "什么人看这条",
        at="    title: 大专以上毕业生落户"),
    row("glance of two sentences", "shaoguan",
        swap("    glance: 大专以上毕业，就看这条", "    glance: 大专以上毕业。就看这条◄"), "不是一句话", "一句"),
    row("route without needs", "tianshui", swap("\nroutes:\n", NO_NEEDS), "条件"),
    row("document without title", "tieling", swap("document:\n  title:", "document:\n  number:◄"), "title"),
    row("date that is no date", "tianshui", swap('"2020-01-16"', '"2020年1月"◄'), "2020年1月"),
    row("name that is a blank", "tianshui", swap("name: 天水\n", 'name: " "◄\n'), "空"),
    # -- YAML that is not taken
    row("anchor", "tianshui", swap("counties:\n", "counties: &all◄\n"), "锚点"),
    row("alias", "tianshui", swap("matters: [residence_permit]", "matters: *all◄"), "引用"),
    row("tag", "tianshui", swap("name: 天水", "name: !!str 天水◄"), "标签"),
    row("tag that would run a program", "tianshui", swap("name: 天水", "name: !!python/object/apply:os.system [id]◄"), "标签"),
    row("merge key", "tianshui", swap("  qinzhou: 秦州区", "  <<: {qinzhou: 秦州区}◄"), "<<"),
    row("unquoted yes in a list", "tianshui", swap('met: ["yes"]', "met: [yes]◄"), "yes", "引号"),
    row("unquoted no in a list", "tianshui", swap('unmet: ["no"]', "unmet: [no]◄"), "no", "引号"),
    row("unquoted yes in a situation", "tianshui", swap('    when: {asked_to_give_up_land: ["yes"]}\n    ', "    when: {asked_to_give_up_land: [yes]}◄\n    "), "yes", "引号"),
    row("unquoted yes as a key", "tianshui", swap('"yes": [spouse', "yes: [spouse◄"), '"yes"', "引号"),
    row("unquoted no as a key", "facts", swap('"no": 没人这样要求', "no: 没人这样要求◄"), '"no"', "引号"),
    row("unquoted true", "tianshui", swap("name: 天水\n", "name: true◄\n"), '"true"', "引号"),
    row("unquoted False", "tianshui", swap("name: 天水\n", "name: False◄\n"), '"False"', "引号"),
    row("unquoted null", "tianshui", swap("name: 天水\n", "name: null◄\n"), "null", "引号"),
    row("a tilde", "tianshui", swap("name: 天水\n", "name: ~◄\n"), "~", "引号"),
    row("empty value", "tianshui", swap("name: 天水\n", "name:◄\n"), "空值", "写上内容"),
    row("empty item of a list", "tianshui", swap("\nabout:\n", "\nabout:\n  -◄\n"), "空值", "写上内容"),
    row("empty list of notes", "shaoguan", append("  - clause: （十九）\n    topics:◄\n"), "列表"),
    row("a brace without the other", "tianshui", swap("在校学生也算：{people}可以", "在校学生也算：{people可以"), "花括号",
        at="        - when: {hukou_kind: [town], hukou_place: [same_address, same_county, same_city_other_county]}\n          says: 户口"),
    row("two documents", "tianshui", append("---◄\ncity: tianshui\n"), "---"),
    row("empty file", "tianshui", instead(""), "空"),
    row("nothing but remarks", "tianshui", instead("# 还没写\n"), "空"),
    row("empty facts.yaml", "facts", instead(""), "空"),
    row("empty papers.yaml", "papers", instead(""), "空"),
    row("a sentence for a file", "tianshui", instead("天水\n"), "键", "counties"),
    row("a list for a file", "tianshui", instead("- city: tianshui\n"), "键", "counties"),
    row("a list for a key", "tianshui", swap("  qinzhou: 秦州区", "  ? [qinzhou]◄\n  : 秦州区"), "键"),
    row("tab in the indent", "tianshui", swap("    matters: [resi", "\tmatters: [resi◄"), "缩进"),
    row("a space too few", "tianshui", swap("    matters: [resi", "   matters: [resi◄"), "缩进"),
    row("full-width colon", "tianshui", swap("name: 天水", "name：天水◄"), "冒号", or_next=True),
    row("full-width colon in a need", "tianshui", swap("met: [lives, works", "met：[lives, works◄"), "冒号", or_next=True),
    row("quote left open", "tianshui", swap("name: 天水", "name: '天水◄"), "引号"),
    row("bracket left open", "tianshui", swap("[residence_permit]\n    d", "[residence_permit◄\n    d"), "YAML", or_next=True),
    row("control character", "tianshui", swap("name: 天水", "name: 天水\a◄"), "字符"),
    row("saved as GBK", "tianshui", lambda text: text.encode("gbk", "replace"), "UTF-8"),
    row("saved as UTF-16", "tianshui", lambda text: text.encode("utf-16"), "UTF-8"),
    row("a byte over 256 KB", "tianshui", lambda text: text + "#" * (FILE_LIMIT + 1 - len(text.encode())), "256 KB"),
    row("2,000 levels deep", "tianshui", swap("name: 天水", f"name: {'[' * 2000}◄{']' * 2000}"), "层次"),
    row("a level over 20", "tianshui", swap("name: 天水", f"name: {'[' * (DEPTH_LIMIT + 1)}◄{']' * (DEPTH_LIMIT + 1)}"), "层次"),
    row("over 20,000 values", "tianshui", swap("name: 天水", f"name: [{'{}, ' * NODE_LIMIT}]◄"), "太多"),
    # -- a text where a list belongs, and the like
    row("text for a list of options", "tianshui", swap("met: [lives, works, studies]", "met: lives◄"), "列表"),
    row("text for a list of matters", "tianshui", swap("matters: [residence_permit]", "matters: study◄"), "列表"),
    row("list for a text", "tianshui", swap("name: 天水\n", "name: [天水]◄\n"), "文字"),
    row("list for a situation", "tianshui", swap("when: {work: [employee]}", "when: [work]◄"), "编号"),
    # -- ids that there are not
    row("unknown fact", "tianshui",
        swap("fact: registered_poor", "fact: registerd_poor◄"), "registerd_poor", "是不是 registered_poor"),
    row("unknown fact of a situation", "tianshui", swap("when: {work: [emp", "when: {wrok: [emp◄"), "wrok", "是不是 work"),
    row("unknown fact of wording", "tianshui",
        swap("wording:\n  place_type:", "wording:\n  place_typ:◄"), "place_typ", "place_type"),
    row("unknown fact of ask_when", "facts",
        swap("- {joiner_relation: [sp", "- {joiner_relatio: [sp◄"), "joiner_relatio", "是不是 joiner_relation"),
    row("unknown fact of every_route", "facts", swap("- fact: mover_citizen", "- fact: mover_citizn◄"), "是不是 mover_citizen"),
    row("unknown option", "tianshui", swap("met: [lives, works", "met: [lives, wroks◄"), "wroks", "是不是 works"),
    row("unknown fact where something is said after all", "tianshui", swap("when: {matter: [move_to_town, join_kin, study, rights", "when: {mater: [move_to_town, join_kin, study, rights◄"), "mater", "是不是 matter"),
    row("unknown option of a situation", "tianshui", swap("when: {work: [employee", "when: {work: [employe◄"), "是不是 employee"),
    row("unknown option of a pair", "tianshui",
        swap("{work: [employee]", "{house_papers: [invoice+contrac]◄"), "contrac", "是不是 contract"),
    row("unknown option of wording", "tianshui", swap("    urban_district: ", "    urban_distric:◄ "), "是不是 urban_district"),
    row("search words that are no list", "facts", swap("    search: [三支一扶, 特岗教师, 西部计划, 大学生村官]", "    search: 三支一扶◄"), "列表"),
    row("search words by option", "facts",
        swap("    search: [三支一扶, 特岗教师, 西部计划, 大学生村官]", "    search: {serving: [三支一扶]}◄"), "列表"),
    row("an empty search word", "facts", swap("search: [三支一扶,", 'search: [三支一扶, "",◄'), "空"),
    row("a search word twice", "facts", swap("search: [三支一扶,", "search: [三支一扶, 三支一扶,◄"), "写了两次"),
    row("a search word of one character", "facts", swap("search: [三支一扶,", "search: [三支一扶, 三,◄"), "只有一个字"),
    row("a search word of a topic twice", "tianshui", swap("search: [门槛,", "search: [门槛, 门槛,◄"), "写了两次"),
    row("search words of a route that are no list", "tianshui",
        swap("search: [暂住证, 半年, 六个月,", "search: 暂住证◄ #"), "列表"),
    row("a search word that YAML misreads", "facts", swap("search: [三支一扶,", "search: [三支一扶, no,◄"), "没有加引号"),
    row("unknown option of words", "facts", swap("studies: [在这里读书", "studis: [在这里读书◄"), "studis", "是不是 studies"),
    row("word of two options", "facts", swap("dormitory: [宿舍", "dormitory: [租房, 宿舍◄"), "租房", "rented 和 dormitory", "again"),
    row("word of two options, written otherwise", "facts", swap("dormitory: [宿舍", "dormitory: [租房。, 宿舍◄"), "租房", "again"),
    row("unknown option of words for all", "facts", swap("    unsure: [说不清", "    unshure: [说不清◄"), "是不是 unsure"),
    row("unknown side of what stands around", "facts", swap("    before: [我们", "    befor: [我们◄"), "是不是 before"),
    row("unknown side around one question", "facts", swap("      before: [想在", "      befor: [想在◄"), "是不是 before"),
    row("a text for what stands around", "facts", swap("      after: [办, 办理", "      after: 办 # [◄"), "列表"),
    row("unknown fact of a city's words", "tianshui", swap("words:\n  county:", "words:\n  countyy:◄"), "是不是 county"),
    row("unknown option of a city's words", "tianshui", swap("    maiji: [麦积", "    maijy: [麦积◄"), "是不是 maiji"),
    row("word of two options of a city", "tianshui", swap("    maiji: [麦积", "    maiji: [秦州, 麦积◄"), "秦州", "qinzhou 和 maiji"),
    row("county of another city", "tianshui", swap("when: {work: [employee]", "when: {county: [yinzhou]◄"), "county", "yinzhou"),
    row("unknown matter", "tianshui", swap("[move_to_town, join_kin, study]", "[move_to_twon]◄"), "是不是 move_to_town"),
    row("unknown matter of silent", "tianshui",
        swap("\n  fix_record:\n", "\n  fix_records:◄\n"), "fix_records", "是不是 fix_record"),
    row("unknown paper", "tianshui", swap("paper: residence-proof", "paper: residence-prof◄"), "是不是 residence-proof"),
    row("unknown basis", "tianshui",
        swap("poor-certificate\n        basis: named", "poor-certificate\n        basis: name◄"), "name", "是不是 named"),
    row("unknown place", "shaoguan", swap("place: actual-residence", "place: actual-residense◄"), "是不是 actual-residence"),
    row("unknown mover", "tianshui", swap('"yes": [spouse', '"yes": [spouze◄'), "spouze", "是不是 spouse"),
    row("unknown mover of yes_if", "wenzhou",
        swap("adult_child: {adult_child_status: [unmarried_no_income]}\n      ask: others",
             "adult_chil: {adult_child_status: [unmarried_no_income]}◄\n      ask: others"), "adult_chil", "是不是 adult_child"),
    row("unknown route in the ledger", "tianshui",
        swap("routes: [registered-poor]", "routes: [registered-por]◄"), "registered-por", "是不是 registered-poor"),
    row("unknown topic in the ledger", "tianshui",
        swap("topics: [rural-rights]", "topics: [rural-right]◄"), "rural-right", "是不是 rural-rights"),
    row("unknown condition exempted from", "lincang",
        swap("matters: [residence_permit]\n", "matters: [residence_permit]\n    exempt: [mover_citizens]◄\n"),
        "mover_citizens", "是不是 mover_citizen"),
    row("question without a short name", "facts",
        swap("    short: 城市\n", ""), "缺少 short", at="stage: city\n"),
    row("short name that is none", "facts",
        swap("    short: 城市\n", "    short: 想在哪个城市办这件事◄\n"), "short 有 10 个字，最多 8 个"),
    row("question without the words to say aloud", "facts",
        swap("    aloud: 请问您想在哪个市办？\n", ""), "缺少 aloud", at="stage: city\n"),
    row("question without the words for others", "facts",
        swap("    third: 请问他（她）想在哪个市办？\n", ""), "缺少 third", at="stage: city\n"),
    row("unknown stage of a question", "facts", swap("    stage: matter\n    about: person", "    stage: mater◄\n    about: person"), "mater", "是不是 matter"),
    row("unknown bond of a question", "facts",
        swap("matter\n    about: person", "matter\n    about: persn◄"), "persn", "是不是 person"),
    row("unknown word after unsaid", "facts", swap("unsaid: met", "unsaid: fits◄"), "fits", "met"),
    # -- where the answers of a need go
    row("option in two lists", "tianshui", swap("unmet: [nothing]", "unmet: [nothing, works]◄"), "works", "两类"),
    row("option in no list", "tianshui", swap("met: [employee, flexible]", "met: [employee]"), "flexible", at="- fact: work"),
    row("none of them in no list", "tianshui",
        swap("unmet: [nothing]", "unmet: []"), "nothing", "归类", at="- fact: ties\n        says: 在天水居"),
    row("others twice", "shaoguan",
        swap("met: [spouse, minor_child, parent]\n        unmet: oth", "met: others\n        unmet: oth◄"), "others", "两次"),
    row("others with nothing left", "tianshui",
        swap('met: ["yes"]\n        unmet: ["no"]', 'met: ["yes", "no"]\n        unmet: others'),
        "others", "没有剩下", at="- fact: registered_poor"),
    row("curable without cure", "tianshui",
        swap("unmet: [none]", "curable: [none]"), "写了 curable", "缺少 cure", at="- fact: work"),
    row("cure without curable", "tianshui",
        swap("unmet: [none]", "cure: 找工作。\n        unmet: [none]"), "写了 cure", "缺少 curable", at="- fact: work"),
    row("local_rules without detail", "tianshui", swap("unmet: [none]", "local_rules: [none]"), "缺少 detail", at="- fact: work"),
    row("ambiguous without unclear", "tianshui",
        swap("unmet: [none]", "ambiguous: [none]\n        question: 算不算？"), "缺少 unclear", at="- fact: work"),
    row("ambiguous without question", "tianshui",
        swap("unmet: [none]", "ambiguous: [none]\n        unclear: 没写。"), "缺少 question", at="- fact: work"),
    row("elsewhere without governed", "tianshui", swap("unmet: [none]", "elsewhere: [none]"), "缺少 governed", at="- fact: work"),
    row("any with one condition", "tianshui", before_work(f"{{any: [{HOME}], says: 有房, clause: 一(一)}}"), "any", "两个"),
    row("any and all in one level", "tianshui",
        before_work(f"{{any: [{HOME}, {LEASE}], all: [{HOME}, {LEASE}], says: 有房, clause: 一(一)}}"), "any 和 all"),
    row("branch that nobody reaches", "tieling",
        swap("- when: {house_owner: [self, unsure, unsaid]}", "- when: {house_owner: [other]}◄"), "owner_can_settle", "house_owner"),
    row("branch for no answer", "tieling", swap("- when: {house_owner: [self, unsure, unsaid]}", "- when: {house_owner: []}◄"), "house_owner"),
    # -- family
    row("mover in two lists", "tianshui",
        swap('ask: others\n      "no": []', 'ask: [spouse]\n      "no": others'), "spouse", "两类", at='"yes": [spouse'),
    row("mover in no list", "tianshui", swap("ask: others\n", "ask: [adult_child]\n"), "siblings", "归类", at='"yes": [spouse'),
    row("others in two family lists", "tianshui", swap('"no": []', '"no": others'), "others", "两次", at='"yes": [spouse'),
    # -- the ledger of clauses, and the matters
    row("clause both carried and administrative", "tianshui",
        swap("- clause: 一(一)\n", "- clause: 一(一)◄\n    topics: [health]\n"), "routes", "administrative"),
    row("clause neither carried nor administrative", "tianshui",
        swap("- clause: 三(四)\n    admin", "- clause: 三(四)◄\n    # admin"), "routes", "administrative"),
    row("clause twice", "tianshui", append("  - clause: 三(四)◄\n    administrative: 宣传。\n"), "三(四)", "两次"),
    row("route missing from the ledger", "tianshui",
        swap("    routes: [registered-poor]", "    administrative: 无。"), "registered-poor", at="- clause: 一(一)"),
    row("topic missing from the ledger", "tianshui",
        swap("    topics: [housing-security]", "    administrative: 无。"), "housing-security", at="- clause: 一(一)"),
    row("matter neither covered nor silent", "tianshui",
        swap("matters: [residence_permit]", "matters: [study]"), "residence_permit", "silent", at="  other_hukou: >-"),
    row("silent about a covered matter", "tianshui",
        swap("\n  fix_record:\n", "\n  study: 没有写。◄\n  fix_record:\n"), "study", "silent"),
    # -- the files together
    row("city key other than the file name", "tianshui", swap("city: tianshui", "city: tieling◄"), "city", "tianshui"),
    row("several answers, but no none of them", "facts",
        swap("work:\n    stage: work\n    about: city\n", 'work:\n    stage: work◄\n    about: city\n    many: "yes"\n'),
        "work", "缺少 nothing"),
    row("no question for the matter", "facts", swap("  matter:\n    stage: matter", "  matters:\n    stage: matter"), "matter"),
    row("no question for the movers", "facts", swap("  movers:\n", "  moverz:\n"), "movers"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_file_its_line_and_the_mend(folder: Path, mistake: Mistake) -> None:
    line = spoil(folder, mistake.file, mistake.edit, mistake.at)
    problems = refusal(folder)
    if mistake.or_next and any(problem.line == line + 1 for problem in problems):
        line += 1
    assert_named(problems, mistake.file, line, *mistake.names)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_there_is_named(folder: Path, file: str) -> None:
    (folder / f"{file}.yaml").unlink()
    assert_named(refusal(folder), file, 1, "没有这个文件")


def test_a_file_of_no_city_is_named(folder: Path) -> None:
    (folder / "beijing.yaml").write_text("city: beijing\n", encoding="utf-8")
    assert_named(refusal(folder), "beijing", 1, "没有这个城市", "facts.yaml")


def test_a_question_with_more_selections_than_can_be_judged_is_refused(folder: Path) -> None:
    """Every selection gets a verdict: twenty options would be a million of them."""
    more = "".join(f"      reason_{number}: 第{number}种\n" for number in range(17))
    spoil(folder, "facts", swap("      studies: 在这里上学\n", "      studies: 在这里上学\n" + more))
    assert any(problem.file == "policies/facts.yaml" and "ties" in str(problem) for problem in refusal(folder))


# ---- what is no mistake ----


def test_the_policies_as_they_are_are_accepted(folder: Path) -> None:
    assert tuple(city.policy.city for city in load(folder).load_all()) == CITIES


# fmt: off
ACCEPTED = [
    row("256 KB to the byte", "tianshui", lambda text: text + "#" * (FILE_LIMIT - len(text.encode()))),
    row("line ends of Windows", "tianshui", lambda text: text.replace("\n", "\r\n").encode()),
    row("byte order mark of Windows", "tianshui", lambda text: text.encode("utf-8-sig")),
    row("quoted yes and no", "tianshui", swap('met: ["yes"]', "met: ['yes']")),
    row("a date without quotes", "tianshui", swap('"2020-01-16"', "2020-01-16")),
    row("a word that only begins like no", "tianshui", swap("name: 天水\n", "name: none\n")),
]
# fmt: on


@pytest.mark.parametrize("oddity", ACCEPTED)
def test_what_only_looks_odd_is_accepted(folder: Path, oddity: Mistake) -> None:
    spoil(folder, oddity.file, oddity.edit)
    assert refusal(folder) == ()


# ---- all at once ----


def test_all_problems_of_a_file_are_reported_by_line(folder: Path) -> None:
    wrongs = (
        swap("clause: 三(四)\n", "clause: 三(三)\n    topics: [helth]\n"),  # the last first
        swap("met: [lives, works", "met: [lives, wroks"),
        swap("paper: residence-proof", "paper: residence-prof"),
        swap("counties:\n", "counties:\n  linxiang: 临翔区\ncountys:\n"),
    )
    for wrong in wrongs:
        spoil(folder, "tianshui", wrong)
    problems = refusal(folder)
    lines = [problem.line for problem in problems]
    assert lines == sorted(lines)
    said = "\n".join(map(str, problems))
    assert all(word in said for word in ("countys", "wroks", "residence-prof", "helth"))


def test_problems_of_several_files_are_reported_together(folder: Path) -> None:
    spoil(folder, "shaoguan", swap("place: actual-residence", "place: actual-residense"))
    spoil(folder, "tianshui", swap("met: [lives, works", "met: [lives, wroks"))
    assert {problem.file for problem in refusal(folder)} == {"policies/tianshui.yaml", "policies/shaoguan.yaml"}


def test_problems_of_both_common_files_are_reported_together(folder: Path) -> None:
    spoil(folder, "facts", swap("    stage: matter\n    about: person", "    stage: mater\n    about: person"))
    spoil(folder, "papers", swap("papers:\n", "paper:\n"))
    assert {problem.file for problem in refusal(folder)} == {"policies/facts.yaml", "policies/papers.yaml"}


def test_the_folder_one_stands_in_has_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(folder, "tianshui", swap("city: tianshui", "city: tieling"))
    monkeypatch.chdir(folder)
    assert_named(refusal(Path()), "tianshui", 1, "city")


# ---- with and without libyaml ----

TEXTS = {  # the mistake in words: what is written, the line to be named, what must be said
    "anchor": ("a: &x b\n", 1, "锚点"),
    "alias": ("a: b\nc: *a\n", 2, "引用"),
    "tag": ("a: b\nc: !!int 3\n", 2, "标签"),
    "merge key": ("a: b\n<<: {c: d}\n", 2, "<<"),
    "duplicate key": ("a: b\nc: d\na: e\n", 3, "重复"),
    "unquoted key": ("a: b\nyes: c\n", 2, "引号"),
    "two documents": ("a: b\n---\nc: d\n", 2, "---"),
    "empty": ("", 1, "空"),
    "tab": ("a:\n\tb: c\n", 2, "缩进"),
    "full-width colon": ("a: b\nc：d\ne: f\n", 3, "冒号"),
    "control character": ("a: b\nc: \a\n", 2, "字符"),
    "2,000 levels": ("a: b\nc: " + "[" * 2000, 2, "层次"),
    "over 20,000 values": ("a: b\nc: [" + "{}, " * NODE_LIMIT + "]", 2, "太多"),
}


@pytest.fixture(params=["with libyaml", "without libyaml"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without libyaml":
        monkeypatch.delattr(yaml, "CSafeLoader")
    else:
        assert hasattr(yaml, "CSafeLoader")


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "line", "says"), TEXTS.values(), ids=TEXTS)
def test_both_yaml_parsers_refuse_the_same(text: str, line: int, says: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_yaml(text, "policies/a.yaml")
    assert_named(refused.value.problems, "a", line, says)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("word", ["yes", "no", "true", "False", "on", "OFF", "y", "n", "null", "~", ""])
def test_both_yaml_parsers_see_what_is_not_text(word: str) -> None:
    both = read_yaml(f"- {word}\n- '{word}'\n", "policies/a.yaml").value
    assert isinstance(both, list)
    loose, quoted = both
    assert (loose.loose, quoted.loose) == (True, False)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("word", ["010", "12:30", "1e3", "0x10", "1_000", ".inf", "2020-01-16", "none"])
def test_both_yaml_parsers_leave_every_other_word_as_it_is_written(word: str) -> None:
    node = read_yaml(word, "policies/a.yaml")
    assert (node.value, node.loose) == (word, False)


# ---- any mistake at all ----

EXAMPLES = 150
CHARACTERS = " \t\n:：-[]{}\"'&*!|>#,，?%@`~<\\0aé中\x00\ud7ff\ufeff\u2028\U0001f600"


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A file, and its text with one line deleted, doubled or moved, or one character replaced."""
    file = draw(st.sampled_from(FILES))
    text = (ROOT / "policies" / f"{file}.yaml").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    here, there = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(("delete", "double", "swap", "replace", "replace"))):
        case "delete":
            del lines[here]
        case "double":
            lines.insert(here, lines[here])
        case "swap":
            lines[here], lines[there] = lines[there], lines[here]
        case "replace":
            column = draw(st.integers(0, len(lines[here]) - 1))
            lines[here] = lines[here][:column] + draw(st.sampled_from(CHARACTERS)) + lines[here][column + 1 :]
    return file, "".join(lines)


@pytest.mark.long
def test_any_slip_is_accepted_or_refused_in_time_and_never_a_crash(tmp_path: Path) -> None:
    folder = copy_of_policies(tmp_path)
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(slips())
    def tried(slip: tuple[str, str]) -> None:
        file, text = slip
        path = folder / f"{file}.yaml"
        good = path.read_bytes()
        path.write_bytes(text.encode())
        try:
            problems = refusal(folder)
            if not problems:
                ask_everything(load(folder))
        finally:
            path.write_bytes(good)
        assert all(problem.file.startswith("policies/") and problem.line > 0 and problem.what for problem in problems)
        seen["refused" if problems else "accepted"] += 1

    tried()
    assert seen.total() >= EXAMPLES
    assert seen["refused"] > EXAMPLES / 10


def ask_everything(book: Book) -> None:
    """What is accepted can be used: every city judges a resident who said nothing and one who is sure of nothing."""
    silent: Facts = {}
    unsure: Facts = dict.fromkeys(book.facts, "unsure")
    for city in book.load_all():
        for facts in (silent, unsure):
            city.policy.assess(facts)
            city.policy.next_fact(facts)
            city.policy.topics_for(facts)


# ---- luohu policy check: what no single file shows ----

Change = Callable[[Catalog], object]


@pytest.fixture
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "LOCALES", tmp_path / "locales")
    return tmp_path / "locales"


def spelt(chinese: str) -> str:
    """The same in letters, another for each sign; whoever moves has one name."""
    letters = str.maketrans("0123456789", "abcdefghij")
    return i18n.CHINESE.sub(lambda sign: str(ord(sign[0])).translate(letters), chinese.replace(THE_MOVER, "the mover"))


def translate(book: Book, change: Change = lambda catalogue: None) -> None:
    """Translates every text into every language, whoever moves by one name, then makes the change."""
    for language in i18n.LANGUAGES:
        if language != i18n.SOURCE:
            catalogue = Catalog(locale=language, charset="utf-8")
            for text in i18n.all_texts(book):
                says = pattern_of(text.says)
                said = spelt(says)
                catalogue.add(says, string=said if said != says else f"{language}: {said}")
            change(catalogue)
            i18n.po_file(language).parent.mkdir(parents=True)
            with i18n.po_file(language).open("wb") as file:
                write_po(file, catalogue, width=0)


@pytest.mark.usefixtures("locales")
def test_complete_policies_and_translations_have_no_problem(folder: Path) -> None:
    book = load(folder)
    translate(book)
    assert check.policy_problems(book) == []


SHOE_SIZE = """
  shoe_size:◄
    stage: other
    about: person
    ask: 穿多大的鞋？
    short: 鞋
    aloud: 请问您穿多大的鞋？
    third: 请问他（她）穿多大的鞋？
    unsure: 看鞋底。
    options:
      small: 小
      big: 大

# 每件事先问什么"""


UNUSED = {  # what nobody uses: the file, what is added, its name
    "a question that no city uses": ("facts", swap("\n# 每件事先问什么", SHOE_SIZE), "shoe_size"),
    "a paper that nothing lists": ("papers", swap("\nhelps:\n", "\n  library-card: 借书证◄\nhelps:\n"), "library-card"),
}


@pytest.mark.usefixtures("locales")
@pytest.mark.parametrize(("file", "edit", "name"), UNUSED.values(), ids=UNUSED)
def test_what_nobody_uses_is_named(folder: Path, file: str, edit: Edit, name: str) -> None:
    line = spoil(folder, file, edit)
    book = load(folder)
    translate(book)
    problems = check.policy_problems(book)
    assert len(problems) == 1
    assert_named(problems, file, line, name)


def entry(catalogue: Catalog, says: str) -> Message:
    found = catalogue.get(says)
    assert found is not None, says
    return found


def put(says: str, string: str) -> Change:
    def change(catalogue: Catalog) -> None:
        entry(catalogue, says).string = string

    return change


def doubt(says: str) -> Change:
    return lambda catalogue: entry(catalogue, says).flags.add("fuzzy")


def drop(says: str) -> Change:
    return lambda catalogue: catalogue.delete(says)


UNTRANSLATED: dict[str, Callable[[str], Change]] = {
    "left empty": lambda says: put(says, ""),
    "not there": drop,
    "marked as doubtful": doubt,
}


@pytest.mark.usefixtures("locales")
@pytest.mark.parametrize("change", UNTRANSLATED.values(), ids=UNTRANSLATED)
def test_an_untranslated_text_is_named(folder: Path, change: Callable[[str], Change]) -> None:
    book = load(folder)
    text = book.city("shaoguan").texts[0]
    translate(book, change(text.says))
    problems = check.policy_problems(book)
    assert len(problems) == len(i18n.LANGUAGES) - 1
    assert_named(problems, "shaoguan", text.line, text.says[:20], "en")


OTHER_PLACEHOLDERS: dict[str, Callable[[str], str]] = {
    "one lost": lambda says: says.replace("{", "").replace("}", ""),
    "one too many": lambda says: says + " {nobody}",
    "one misspelt": lambda says: says.replace("{", "{x", 1),
    "a brace left open": lambda says: says + " {",
}


@pytest.mark.usefixtures("locales")
@pytest.mark.parametrize("wrong", OTHER_PLACEHOLDERS.values(), ids=OTHER_PLACEHOLDERS)
def test_a_translation_with_other_placeholders_is_named(folder: Path, wrong: Callable[[str], str]) -> None:
    book = load(folder)
    text = next(text for text in i18n.all_texts(book) if "{" in text.says)
    translate(book, put(text.says, wrong(text.says)))
    found = [(problem.file, problem.line) for problem in check.policy_problems(book)]
    assert found == [(text.file, text.line)] * (len(i18n.LANGUAGES) - 1)


@pytest.mark.usefixtures("locales")
def test_a_stale_translation_is_named(folder: Path) -> None:
    book = load(folder)
    translate(book, lambda catalogue: catalogue.add("早就没有的话", string="Long gone"))
    problems = check.policy_problems(book)
    assert len(problems) == len(i18n.LANGUAGES) - 1
    assert all(problem.file.endswith("/luohu.po") and "早就没有的话" in problem.what and problem.mend for problem in problems)


@pytest.mark.usefixtures("locales")
def test_a_brace_in_a_policy_text_is_no_crash(folder: Path) -> None:
    spoil(folder, "tianshui", swap("name: 天水\n", "name: 天水{市\n"))
    book = load(folder)
    translate(book)
    check.policy_problems(book)
