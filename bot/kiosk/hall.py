"""The hall that a kiosk stands in: where it is, and what is told of its office. What is not set is not shown."""

from dataclasses import dataclass, replace
from pathlib import Path

from bot.settings import BadSetting
from bot.talk.visit import Visit
from flows.book import Book, PolicyError
from flows.facts import nearest
from flows.loading.yaml import read_yaml

LONGEST = 200  # characters
PAPERS = ("a5", "receipt")  # what its printer prints on: an office printer's A5, a receipt printer's roll (80 mm)


@dataclass(frozen=True, slots=True)
class Hall:
    """`city` and `county` are ids of the policies; the rest stands on the page as the hall wrote it."""

    city: str = ""
    county: str = ""
    office: str = ""
    address: str = ""
    hours: str = ""
    telephone: str = ""
    hotline: str = ""  # whom to ring to go on by telephone
    paper: str = ""  # one of PAPERS; if it is not said, whoever prints has to choose

    @property
    def told(self) -> tuple[str, ...]:
        """What a sheet says of the hall, if anything."""
        return tuple(line for line in (self.office, self.address, self.hours, self.telephone) if line)

    def for_visit(self, visit: Visit) -> "Hall":
        """What is told of it beside a visit: on a phone, which may be anywhere, its office only where it deals with that city."""
        if visit.channel == "kiosk":
            return self
        known = bool(self.city) and visit.session.facts.get("city") == self.city
        return replace(self, city="", county="") if known else Hall(hotline=self.hotline)

    def here(self, fact: str, city: object) -> str:
        """The option of a question that is the hall's own place, or "": it is offered first, and never answered for anybody."""
        if fact == "county":
            return self.county if city == self.city else ""
        return self.city if fact == "city" else ""


def read(file: str, book: Book) -> Hall:
    """The hall of the setting LUOHU_HALL, if there is one; raises BadSetting."""
    if not file:
        return Hall()
    try:
        root = read_yaml(Path(file).read_text(encoding="utf-8-sig"), file).value
    except OSError as error:
        raise BadSetting(f"LUOHU_HALL（{file}）打不开：{error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSetting(f"LUOHU_HALL（{file}）不是 UTF-8 文本") from None
    except PolicyError as error:
        raise BadSetting(f"LUOHU_HALL：{error}") from None
    if not isinstance(root, dict):
        raise BadSetting(f"LUOHU_HALL（{file}）要写成“键: 内容”，可以用的键：{'、'.join(Hall.__dataclass_fields__)}")
    values: dict[str, str] = {}
    for key, node in root.items():
        if key not in Hall.__dataclass_fields__:
            near = nearest(key, Hall.__dataclass_fields__)
            hint = f"，是不是 {near}？" if near else f"。可以用：{'、'.join(Hall.__dataclass_fields__)}"
            raise BadSetting(f"LUOHU_HALL（{file}:{node.line}）没有 {key} 这个键{hint}")
        if not isinstance(node.value, str) or not node.value.strip() or len(node.value) > LONGEST:
            raise BadSetting(f"LUOHU_HALL（{file}:{node.line}）的 {key} 要写一句话，1 到 {LONGEST} 个字；没有就去掉这一行")
        values[key] = node.value.strip()
    return _placed(file, Hall(**values), book)


def _placed(file: str, hall: Hall, book: Book) -> Hall:
    """The hall, if its place is one that the policies know, and its paper one that a slip is made for."""
    if hall.city and hall.city not in book.cities:
        raise BadSetting(f"LUOHU_HALL（{file}）的 city 要写其中一个：{'、'.join(book.cities)}")
    policy = book.policy(hall.city)
    counties = policy.facts["county"].options if policy else {}
    if hall.county and policy is None:
        raise BadSetting(f"LUOHU_HALL（{file}）写了 county，就要写 city")
    if hall.county and hall.county not in counties:
        known = "、".join(f"{county}（{name}）" for county, name in counties.items())
        raise BadSetting(f"LUOHU_HALL（{file}）的 county 要写其中一个：{known}")
    if hall.paper and hall.paper not in PAPERS:
        raise BadSetting(f"LUOHU_HALL（{file}）的 paper 要写其中一个：{'、'.join(PAPERS)}")
    return hall
