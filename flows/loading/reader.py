"""One file: its nodes as plain values; the texts met on the way and all faults are kept, to be reported together."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path

from flows.amounts import PLACE, Filled
from flows.book import LAST_DAY, PolicyError, Problem, Text
from flows.facts import nearest
from flows.loading.yaml import FILE_LIMIT, NODE_LIMIT, Node, read_yaml

LONGEST_SHORT = 8  # characters of a question's short name
GAPS = frozenset(("people", "person", "doing", "lacks", "unknown", "unclear"))  # of a route's first sentences
DAY = re.compile(r"((?:19|20)\d\d)-(\d\d)-(\d\d)")
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DATES = ("from", "until")  # of a document, a route, a condition
OVER = "~"  # after a day: once that day is over. It sorts between this day and the next
FOLD = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")  # the space that YAML leaves where it joins Chinese lines


@contextmanager
def uncollected() -> Iterator[None]:
    """While a file is read: what comes of it stays, and the collector would look at it again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def name_of(folder: Traversable) -> str:
    """How a folder of policies is called in what is said of its files."""
    return folder.resolve().name if isinstance(folder, Path) else folder.name


def is_day(text: str) -> bool:
    """Whether it is an ISO date that there is."""
    found = DAY.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= LENGTHS[month - 1] - (month == 2 and not leap)


class Reader:
    """Reads nodes into values and keeps the problems, so that an author sees all of them at once. Long, as every kind of value
    that a file can hold is read here."""

    def __init__(
        self, folder: Traversable, file: str, size: int = FILE_LIMIT, nodes: int = NODE_LIMIT, as_of: str = LAST_DAY
    ) -> None:
        self.as_of = as_of
        self.days: set[str] = set()  # on which something begins, or is over
        self.file = f"{name_of(folder)}/{file}"
        self.problems: list[Problem] = []
        self.texts: list[Text] = []
        self._seen: set[Text] = set()
        self.citations: list[Text] = []
        self.numbers: Mapping[str, str] = {}  # by name: those that a sentence may use
        self.used: set[str] = set()  # "numbers pass": what the city has given a name and uses
        try:
            raw = (folder / file).read_bytes()
            text = raw.decode()
        except OSError:
            raise PolicyError([Problem(self.file, 1, "没有这个文件，或者打不开", f"放到 {name_of(folder)} 文件夹里")]) from None
        except UnicodeDecodeError:
            raise PolicyError([Problem(self.file, 1, "不是 UTF-8 编码", "请另存为 UTF-8")]) from None
        self.root = read_yaml(text, self.file, size, nodes)

    def problem(self, node: Node, what: str, mend: str, key: str = "") -> None:
        """A fault of a node, or of one of its keys."""
        line = (node.key_lines or {}).get(key, node.line)
        if (found := Problem(self.file, line, what, mend)) not in self.problems:
            self.problems.append(found)

    def unknown(self, node: Node, word: str, valid: Iterable[str], what: str, key: str = "") -> None:
        """A word that should have been one of the valid ids."""
        valid = list(valid)
        near = nearest(word, valid)
        self.problem(node, what, f"是不是 {near}？" if near else f"可以写：{'、'.join(valid[:20])}", key)

    def done(self, more: Iterable[Problem] = ()) -> None:
        if problems := [*self.problems, *more]:
            raise PolicyError(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line)))

    def places(self, node: Node | None) -> dict[str, Problem]:
        return {key: Problem(self.file, line, key) for key, line in (node.key_lines or {}).items()} if node else {}

    # -- dates

    def day(self, node: Node | None) -> str:
        """A date, ISO; "" where there is none."""
        day = self.word(node)
        if node is not None and day and not is_day(day):
            self.problem(node, f"{day} 不是日期", "写成 2020-01-16 这样")
        return day

    def period(self, node: Node | None) -> tuple[str, str]:
        """From which day to which an entry is in force, both of them with it; "" where it does not say."""
        entry = node.value if node is not None and isinstance(node.value, dict) else {}
        began, ends = (self.day(entry.get(key)) for key in DATES)
        if node is not None and began and ends and began > ends:
            self.problem(node, f"到 {ends} 为止，却从 {began} 才开始", "核对 from 和 until 这两个日期", "until")
        self.days.update(filter(None, (began, ends and f"{ends}{OVER}")))
        return began, ends

    def in_force(self, node: Node | None) -> bool:
        """Whether an entry is, on the day that is looked at."""
        began, ends = self.period(node)
        return began <= self.as_of and (not ends or self.as_of <= ends)

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
        if node is not None and "{" in says:
            says = self._with_numbers(node, says)
        if node is not None and says and (text := Text(self.file, node.line, says)) not in self._seen:
            self._seen.add(text)  # a definition is read wherever it is used
            self.texts.append(text)
        return says

    def short(self, node: Node | None) -> str:
        """The name by which a question's answer is called."""
        says = self.text(node)
        if node is not None and len(says) > LONGEST_SHORT:
            what = f"short 有 {len(says)} 个字，最多 {LONGEST_SHORT} 个：{says}"
            self.problem(node, what, "写短一点，例如：城市、要办的事、房子的手续")
        return says

    def _with_numbers(self, node: Node, says: str) -> str:
        """A sentence with the numbers that it names."""
        names = {place[1] for place in PLACE.finditer(says)}
        for name in names - self.numbers.keys() - GAPS:
            if "." in name or self.numbers:
                self.unknown(node, name, self.numbers, f"没有 {name} 这个数")
        self.used |= {f"numbers {name}" for name in names & self.numbers.keys()}
        return Filled(says, self.numbers) if names & self.numbers.keys() else says

    def citation(self, node: Node | None) -> str:
        """The name of a clause, or of several: shown to people, and looked up in the document."""
        says = self.text(node)
        if node is not None and says:
            self.citations.append(Text(self.file, node.line, says))
        return says

    def text_list(self, node: Node | None) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.list(node))

    def search_words(self, node: Node | None) -> tuple[str, ...]:
        """Words by which an agent finds an entry; nobody reads them, so they are not translated."""
        words: list[str] = []
        for item in self.list(node):
            word = self.word(item)
            if word in words:
                self.problem(item, f"“{word}”写了两次", "只留一处")
            elif len(word.strip()) == 1:
                self.problem(item, f"“{word}”只有一个字，什么都搜得出来", "写两个字以上")
            words.append(word)
        return tuple(words)

    def one_of(self, node: Node | None, valid: Iterable[str], what: str) -> str:
        word = self.word(node)
        valid = list(valid)
        if node is not None and word and word not in valid:
            self.unknown(node, word, valid, f"没有 {word} 这个{what}")
        return word

    def some_of(self, node: Node | None, valid: Iterable[str], what: str) -> tuple[str, ...]:
        valid = list(valid)
        return tuple(self.one_of(item, valid, what) for item in self.list(node))
