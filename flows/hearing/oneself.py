"""Oneself: does the speaker say that it is he who would move? Then he is spoken to from then on."""

import re

from flows.hearing.finding import ME
from flows.hearing.named import SPEAKER
from flows.hearing.persons import People

_FOR_MYSELF = re.compile(r"(?<!不是)(?<!不)[给替帮为]我?自己(?:问|打听|咨询|查)|\bfor myself\b")
_WISH_OF_MINE = re.compile(  # 我想把户口迁到 …: nothing else between
    "(?:^|[\n ])(?:请问|问下|你好|您好)?(?:我|俺|咱|我们|俺们|咱们|本人)(?:现在|也|就|都|一直|今年)*"
    "(?:想要?|要|打算|准备|希望|能不能|可不可以|可以|能|怎么|咋)+(?:在[^\n]{1,12}?)?把?(?:我|俺|咱|自己|本人)?们?的?(?:户口|户籍)?"
    "(?:从[^\n]{1,8}?)?(?:迁|落|转|入户|挪)(?![^\n]*的(?:[^\n]{0,2}人|居民|名单|事|那))"
    r"|(?:^|[\n ])i (?:want|would like|plan|hope|need|wish) to (?:move|transfer|settle|register)"
    r"(?! (?:his|her|their|the|a|an|my (?!hukou|own|registration)))"
)
_NO_MORE = re.compile(
    "算了|不[迁落转]了|[办迁落](?:好|完|成)了?|不想了|后来没|原来想|本来|代办|委托|帮人|替人|别人|不是我|当时|谁说"
)


def for_oneself(people: People) -> bool:
    """Does the speaker say that he asks for himself, or that he wants to move, and speak of nobody else but who comes along?"""
    text = people.text.text
    if people.mover != ME or _NO_MORE.search(text):
        return False
    if _FOR_MYSELF.search(text):
        return True
    return _WISH_OF_MINE.search(text) is not None and {one.who for one in people.named} <= {*SPEAKER, *_along(people)}


def _along(people: People) -> set[str]:
    return {person.who for person, _ in people.along}
