"""Writes the two tables of characters: flows/traditional.py (from OpenCC) and flows/loading/syllables.txt (from pypinyin).

Run by `make tables`, after a new version of either; the program itself needs neither package for them.
"""

from pathlib import Path

import opencc
from pypinyin import Style, pinyin

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 62  # characters of a line of the table
HAN = [chr(number) for number in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
MORE = {"著": "着", "乾": "干", "瞭": "了", "藉": "借", "徵": "征", "喫": "吃"}
"""Where OpenCC looks at the word around it: what they are in nearly every word that people write to us."""
OTHERWISE = {"乐": ("yue",)}  # read in another way in the name of a place
KEPT = "么"  # simplified itself, though an older character had this shape

HEAD = '''"""Traditional characters and the simplified ones that they are written with in our texts.

The table is OpenCC's (t2s, hk2s, tw2s: characters by themselves; Apache-2.0), and {more}, which OpenCC
writes by the word around them. Written by tests/tools/tables.py.
"""

_PAIRS = (
{lines}
)
SIMPLIFIED = dict(zip(map(ord, _PAIRS[::2]), _PAIRS[1::2], strict=True))
"""Traditional character (its number, as str.translate wants it) -> simplified."""
'''


def simplified() -> dict[str, str]:
    """Every traditional character that has a simplified one, by any of OpenCC's three ways of writing."""
    found: dict[str, str] = {}
    for way in ("t2s", "hk2s", "tw2s"):
        turn = opencc.OpenCC(way)
        for char in HAN:
            plain = turn.convert(char)
            if plain != char and len(plain) == 1 and char not in KEPT:
                found.setdefault(char, plain)
    return {char: MORE.get(found[char], found[char]) for char in found} | MORE


def syllables() -> dict[str, str]:
    """Syllable without its tone -> the common characters (GB 2312) that are read so by themselves."""
    found: dict[str, list[str]] = {}
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                char = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            usual = pinyin(char, style=Style.NORMAL)[0][0].replace("ü", "v")
            for one in (usual, *OTHERWISE.get(char, ())):
                found.setdefault(one, []).append(char)
    return {one: "".join(chars) for one, chars in sorted(found.items())}


def main() -> None:
    pairs = "".join(char + plain for char, plain in sorted(simplified().items()))
    lines = "\n".join(f'    "{pairs[start : start + WIDTH]}"' for start in range(0, len(pairs), WIDTH))
    more = " ".join(MORE)
    (ROOT / "flows" / "traditional.py").write_text(HEAD.format(lines=lines, more=more), encoding="utf8")
    table = "".join(f"{one} {chars}\n" for one, chars in syllables().items())
    (ROOT / "flows" / "loading" / "syllables.txt").write_text(table, encoding="utf8")


if __name__ == "__main__":
    main()
