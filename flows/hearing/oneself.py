"""Oneself: does the speaker say that it is he who would move? Then he is spoken to from then on."""

import re

from flows.hearing.finding import ME
from flows.hearing.named import SPEAKER
from flows.hearing.persons import People
from flows.hearing.scope import Scope

_FOR_MYSELF = re.compile(r"[给替帮为]我?自己(?:问|打听|咨询|查)|\bfor myself\b")
_WISH_OF_MINE = re.compile(  # 我想把户口迁到 …: nothing else between; and not 转让, 落实
    "(?:^|[\n ])(?:请问|问下|你好|您好)?(?:我|俺|咱|我们|俺们|咱们|本人)(?:现在|也|就|都|一直|今年)*"
    "(?:想要?|要|打算|准备|希望|能不能|可不可以|可以|能|怎么|咋)+(?:在[^\n]{1,12}?)?把?(?:我|俺|咱|自己|本人)?们?的?"
    "(?:(?:户口|户籍)(?:从[^\n]{1,8}?)?[迁落转入挪]|(?:从[^\n]{1,8}?)?(?:迁|入户|[落转挪](?=[户到在回进过去来])|落(?!实)(?=[\u4e00-\u9fff]{2,4}(?:\n|$))))"
    "(?![^\n]*的(?:[^\n]{0,2}人|居民|名单|事|那))"
    r"|(?:^|[\n ])i (?:want|would like|plan|hope|need|wish) to (?:move|transfer|settle|register)"
    r"(?! (?:his|her|their|the|a|an|my (?!hukou|own|registration)))"
)


def for_oneself(people: People, scope: Scope) -> bool:
    """Does the speaker say that he asks for himself, or that he wants to move, and speak of nobody else but who comes along?"""
    text = people.text
    if people.mover != ME or scope.lexicon.patterns["not_oneself"].search(text.text):
        return False
    if said := _FOR_MYSELF.search(text.text):
        return not scope.denies(text.clause(said.start())[0], said.start())
    return _WISH_OF_MINE.search(text.text) is not None and {one.who for one in people.named} <= {*SPEAKER, *_along(people)}


def _along(people: People) -> set[str]:
    return {person.who for person, _ in people.along}
