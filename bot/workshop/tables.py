"""Cases as a table, for whoever works in a spreadsheet: a row a case, a column a fact; CSV and XLSX, there and back."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.check import CASE_KEYS, EXPECTATIONS, INPUT_LIMIT, NODE_LIMIT, BadInput, write_file
from bot.workshop.case_rows import case_lines
from flows.book import Book
from flows.facts import NOTHING, Fact

TABLES = (".csv", ".xlsx")
PLAIN = ("id", "story", "clause")
BETWEEN = "、"  # several ids in a cell
EXTRA = "luohu[tables]"


def read_table(book: Book, path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The cases of a table, each with where it stands. Raises BadInput."""
    rows = read_rows(path)
    head = [cell.split(" ")[0].strip() for cell in rows[0]] if rows else []
    if "id" not in head:
        raise BadInput(f"{path}: 第一行要写列名：{'、'.join(PLAIN)}、{'、'.join(EXPECTATIONS)}，和要问的事的编号")
    for name in head:
        if name and name not in (*PLAIN, *EXPECTATIONS) and name not in book.facts:
            raise BadInput(f"{path}: 没有 {name[:40]} 这一列，可以用：{'、'.join(CASE_KEYS)}，和要问的事的编号")
    if twice := [name for name in head if name and head.count(name) > 1]:
        raise BadInput(f"{path}: {twice[0]} 这一列写了两次")
    found = []
    for number, cells in enumerate(rows[1:], 2):
        filled = {name: cell.strip() for name, cell in zip(head, cells, strict=False) if name and cell.strip()}
        if filled:
            found.append((f"{path}:{number}", _case(book, f"{path}:{number}", filled)))
    return found


def _case(book: Book, where: str, cells: Mapping[str, str]) -> dict[str, Any]:
    facts = {name: _answer(book.facts[name], cell) for name, cell in cells.items() if name in book.facts}
    case: dict[str, Any] = {}
    for key in CASE_KEYS:
        if key == "facts":
            case[key] = facts
        elif key in PLAIN and key in cells:
            case[key] = cells[key]
        elif key in cells:
            case[key] = dict(_expected(f"{where} {key}", key, line) for line in cells[key].split("\n") if line.strip())
    return case


def _answer(fact: Fact, cell: str) -> str | list[str]:
    if not fact.many or cell == "unsure":
        return cell
    return [] if cell == NOTHING else _ids(cell)


def _expected(where: str, key: str, line: str) -> tuple[str, Any]:
    """route: status, or ids, or (family) lists of ids."""
    route, colon, said = line.replace("：", ":").partition(":")
    if not colon:
        raise BadInput(f"{where}: 每行写成“途径: …”，不能写 {line[:40]}")
    if key != "family":
        return route.strip(), said.strip() if EXPECTATIONS[key] == "文字" else _ids(said)
    lists = [part.partition("=") for part in said.replace("；", ";").split(";") if part.strip()]
    return route.strip(), {answer.strip(): _ids(some) for answer, _, some in lists}


def _ids(cell: str) -> list[str]:
    return [one.strip() for one in cell.replace(",", BETWEEN).replace("，", BETWEEN).split(BETWEEN) if one.strip()]


# ---- writing ----


def rows_of(book: Book, cases: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """The head, with what each fact is about after its id; then a row a case."""
    kinds = [kind for kind in EXPECTATIONS if any(kind in case for case in cases)]
    facts = [fact for fact in book.facts.values() if any(fact.id in case["facts"] for case in cases)]
    yield [*PLAIN, *kinds, *(f"{fact.id} {fact.short}" for fact in facts)]
    for case in cases:
        expected = ["\n".join(_line(route, said) for route, said in case.get(kind, {}).items()) for kind in kinds]
        yield [*(case.get(key, "") for key in PLAIN), *expected, *(_cell(case["facts"], fact) for fact in facts)]


def _line(route: str, said: Any) -> str:
    if isinstance(said, dict):
        return f"{route}: {'；'.join(f'{answer}={BETWEEN.join(some)}' for answer, some in said.items())}"
    return f"{route}: {said if isinstance(said, str) else BETWEEN.join(said)}"


def _cell(facts: Mapping[str, Any], fact: Fact) -> str:
    answer = facts.get(fact.id, "")
    return answer if isinstance(answer, str) else BETWEEN.join(answer) or NOTHING


def write_cases(book: Book, cases: Sequence[Mapping[str, Any]], path: Path) -> None:
    """By the ending of the name: YAML, CSV or XLSX. Raises BadInput."""
    match path.suffix:
        case ".csv" | ".xlsx":
            write_rows(path, rows_of(book, cases))
        case ".yaml" | ".yml":
            write_file(path, "\n\n".join("\n".join(case_lines(case)) for case in cases).encode() + b"\n")
        case _:
            raise BadInput(f"{path}: 写成 .yaml、.csv 或者 .xlsx")


def write_rows(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """By the ending of the name: XLSX, else CSV. Raises BadInput."""
    if path.suffix == ".xlsx":
        write_file(path, _xlsx(rows))
        return
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    write_file(path, text.getvalue().encode("utf-8-sig"))  # by the mark Excel knows that it is UTF-8


def _xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    book = _openpyxl().Workbook()
    sheet = book.active
    for number, row in enumerate(rows, 1):
        for column, says in enumerate(row, 1):
            if says:
                cell = sheet.cell(number, column, says)
                cell.data_type = "s"  # a text, whatever it begins with: never a formula
    sheet.freeze_panes = "B2"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


# ---- reading ----


def read_rows(path: Path) -> list[list[str]]:
    """Of a CSV or XLSX, as text. Raises BadInput."""
    return _read_xlsx(path) if path.suffix == ".xlsx" else _read_csv(path)


def _read_csv(path: Path) -> list[list[str]]:
    data = _bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):  # a Chinese Excel saves the second
        try:
            return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), strict=True))
        except UnicodeDecodeError:
            continue
        except csv.Error as error:
            raise BadInput(f"{path}: 不是合格的 CSV（{error}）") from None
    raise BadInput(f"{path}: 不是 UTF-8 也不是 GBK 文本，请另存为 CSV UTF-8")


def _read_xlsx(path: Path) -> list[list[str]]:
    data = _bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > INPUT_LIMIT * 4:
                raise BadInput(f"{path}: 表格太大")
        book = _openpyxl().load_workbook(io.BytesIO(data), read_only=True)
        found = [[_said(path, cell) for cell in row] for row in book.worksheets[0].iter_rows()]
    except BadInput:
        raise
    except Exception:  # whatever a spoilt file makes of the reader
        raise BadInput(f"{path}: 不是合格的 XLSX，请另存为 xlsx 或者 CSV") from None
    if sum(map(len, found)) > NODE_LIMIT:
        raise BadInput(f"{path}: 表格太大")
    return found


def _said(path: Path, cell: Any) -> str:
    """A cell as text. A formula has none that everybody would read alike."""
    if cell.data_type == "f":
        raise BadInput(f"{path}: 第 {cell.row} 行是公式：{str(cell.value)[:30]}。请改成文字")
    return "" if cell.value is None else str(cell.value)


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: 打不开（{error.strerror}）") from None
    if len(data) > INPUT_LIMIT:
        raise BadInput(f"{path}: 文件太大")
    return data


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise BadInput(f"读写 .xlsx 要先安装：pip install '{EXTRA}'；或者用 .csv") from None
    return openpyxl
