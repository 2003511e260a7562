"""`luohu policy texts --table`, `--from`: what the policies say, Chinese beside its translation, as a table; and back."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.check import BadInput
from bot.wording import languages as i18n
from bot.wording.languages import Translation
from bot.wording.rules import other_numbers
from bot.workshop.tables import TABLES, read_rows, write_rows
from flows.amounts import pattern_of
from flows.book import Text

MARK, PLACE, CHINESE, BEFORE = "要做什么", "在哪里", "中文", "原来的中文"
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")  # what no spreadsheet shows, or takes
TO_LOOK_AT, TO_TRANSLATE = "原文改过，看译文；看好了删掉这几个字", "补译文"


def write(path: Path, texts: Iterable[Text], language: str) -> str:
    """What is to be looked at or translated comes first. Raises BadInput."""
    _known_form(path)
    known, places = i18n.translated(language), {pattern_of(text.says): text for text in reversed([*texts])}
    rows = [_row(text, chinese, known.get(chinese, Translation())) for chinese, text in reversed(places.items())]
    rows.sort(key=lambda row: not row[0])
    write_rows(path, [[MARK, PLACE, CHINESE, i18n.LANGUAGES[language], BEFORE], *rows])
    todo = sum(1 for row in rows if row[0])
    return f"写好了：{path}，{len(rows)} 句，{todo} 句要补、要看，排在最前面"


def _row(text: Text, chinese: str, one: Translation) -> list[str]:
    mark = TO_LOOK_AT if one.before else "" if one.says else TO_TRANSLATE
    return [mark, f"{text.file}:{text.line}", chinese, one.says, one.before]


def take_over(path: Path, texts: Iterable[Text], language: str) -> str:
    """The translations of a table. Raises BadInput, and then nothing is changed."""
    _known_form(path)
    known, places = i18n.translated(language), {pattern_of(text.says): text for text in texts}
    new = dict(_rows(path, language))
    faults = [f"{path}:{line}: {fault}" for chinese, (line, _, says) in new.items() for fault in _faults(chinese, says, places)]
    if faults:
        raise BadInput("\n".join([*faults, f"{path}: 有 {len(faults)} 处要改，什么也没有换"]))
    changed = {}
    for chinese, (_, mark, says) in new.items():
        one = known.get(chinese, Translation())
        if says and (says != one.says.strip() or (one.before and not mark)):
            changed[chinese] = Translation(says)
    i18n.put(language, known | changed)
    return f"{language}: 换了 {len(changed)} 句"


def _rows(path: Path, language: str) -> Iterator[tuple[str, tuple[int, str, str]]]:
    """Chinese -> the line, its mark, and the translation."""
    rows = read_rows(path)
    head = [cell.strip() for cell in rows[0]] if rows else []
    wanted = (MARK, CHINESE, i18n.LANGUAGES[language])
    if any(head.count(name) != 1 for name in wanted):
        raise BadInput(f"{path}: 第一行要有这几列，各一列：{'、'.join(wanted)}")
    places, seen = [head.index(name) for name in wanted], set[str]()
    for number, cells in enumerate(rows[1:], 2):
        mark, chinese, says = (cells[at].strip() if at < len(cells) else "" for at in places)
        if chinese in seen:
            raise BadInput(f"{path}:{number}: 这一句写了两行：{chinese[:30]}")
        if chinese:
            seen.add(chinese)
            yield chinese, (number, mark, says)


def _faults(chinese: str, says: str, places: Mapping[str, Text]) -> Iterator[str]:
    if chinese not in places:
        yield f"政策数据里没有这一句：{chinese[:30]}。中文要在 policies/ 里改，不在表里改"
    elif says:
        if UNSEEN.search(says):
            yield f"译文里有看不见的字符：{chinese[:30]}"
        if not i18n.same_gaps(chinese, says):
            yield f"译文里的 {{…}} 和中文的不一样：{chinese[:30]}"
        yield from (f"{what}：{chinese[:30]}" for what in other_numbers(chinese, says))
        yield from (f"{what}：{chinese[:30]}。{mend}" for what, mend in i18n.implausible(chinese, says))
        yield from (one.what for one in i18n.like_program([Text("", 1, says)]))


def _known_form(path: Path) -> None:
    if path.suffix not in TABLES:
        raise BadInput(f"{path}: 用 {' 或者 '.join(TABLES)}")
