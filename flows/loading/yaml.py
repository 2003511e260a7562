"""Strict YAML: a file as nodes of strings, each with its line; what could be misread is refused.

Read from the parser's events: no aliases, anchors, tags, merge keys, duplicate keys, or files over the limits below.
Nothing is guessed from a scalar: `no`, `12:30` and `010` stay what is written; `Node.loose` marks what YAML 1.1 would
not read as text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import yaml

from flows.book import PolicyError, Problem

FILE_LIMIT = 256 * 1024  # bytes
DEPTH_LIMIT = 20
NODE_LIMIT = 20_000
LOOKS_BOOLEAN = {"yes", "no", "true", "false", "on", "off", "y", "n", "null", "~", ""}


class Node(NamedTuple):
    """A value and the line on which it stands. `value`: str, list of nodes, or dict of (key node -> node)."""

    value: "str | list[Node] | dict[str, Node]"
    line: int
    loose: bool = False  # an unquoted scalar that YAML would not read as text
    key_lines: Mapping[str, int] | None = None


def read_yaml(text: str, file: str, size: int = FILE_LIMIT, nodes: int = NODE_LIMIT) -> Node:
    """One document as nodes of strings; raises PolicyError at the first thing that we do not accept."""
    if len(text.encode()) > size:
        raise PolicyError([Problem(file, 1, f"文件超过 {size // 1024} KB", "请拆小")])
    try:
        return _Composer(file, nodes, getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text).get_event).document()
    except yaml.MarkedYAMLError as error:
        unfinished = error.problem and "end of stream" in error.problem  # a quote or bracket left open: say where it began
        mark = (error.context_mark if unfinished else None) or error.problem_mark or error.context_mark
        mend = f"看这一行和上一行的冒号、引号、缩进（{error.problem}）"
        raise PolicyError([Problem(file, mark.line + 1 if mark else 1, "不是合格的 YAML", mend)]) from None
    except yaml.YAMLError:
        before = re.split(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text, maxsplit=1)[0]
        line = before.count("\n") + 1
        raise PolicyError([Problem(file, line, "含有 YAML 不允许的字符", "删掉看不见的控制字符，另存为 UTF-8 文本")]) from None


class _Composer:
    def __init__(self, file: str, limit: int, following: Callable[[], Any]) -> None:
        self.file = file
        self.limit = limit
        self.following = following  # the next event
        self.count = 0

    def document(self) -> Node:
        self.following()
        if isinstance(self.following(), yaml.StreamEndEvent):
            raise PolicyError([Problem(self.file, 1, "文件是空的", "写上内容，格式见 policies/README.md")])
        node = self.node(self.following(), 0)
        self.following()
        after = self.following()
        if not isinstance(after, yaml.StreamEndEvent):
            self.refuse(after, "一个文件里只能有一份内容", "去掉多余的 ---")
        return node

    def node(self, event: Any, depth: int) -> Node:
        self.count += 1
        if depth > DEPTH_LIMIT or self.count > self.limit:
            self.refuse(event, "层次太深或内容太多", "请按 policies/README.md 的格式写")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self.refuse(event, "不能用锚点（&）和引用（*）", "把内容直接写出来")
        if event.tag:
            self.refuse(event, "不能用标签（!）", "去掉标签；文字加引号")
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):  # three of four; thousands of them at a start
            return Node(event.value, line, event.implicit[0] and event.value.lower() in LOOKS_BOOLEAN)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(line, depth)
        items = []
        while not isinstance(event := self.following(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Node(items, line)

    def mapping(self, line: int, depth: int) -> Node:
        found: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := self.following(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key.value, str):
                self.refuse(event, "键必须是文字", "写成“编号: 内容”")
            elif key.loose:
                self.refuse(event, f"键 {key.value} 没有加引号", f'写成 "{key.value}"')
            elif key.value == "<<":
                self.refuse(event, "不能用合并键 <<", "把内容直接写出来")
            elif key.value in found:
                self.refuse(event, f"键 {key.value} 重复了（上一次在第 {lines[key.value]} 行）", "去掉一个")
            name = str(key.value)
            lines[name] = key.line
            found[name] = self.node(self.following(), depth + 1)
        return Node(found, line, key_lines=lines)

    def refuse(self, event: yaml.Event, what: str, mend: str) -> None:
        raise PolicyError([Problem(self.file, _line(event), what, mend)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
