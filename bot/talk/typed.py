"""Typed words as moves: an answer to the question asked, one of what can be chosen, or a command."""

import re
from collections.abc import Callable, Collection, Sequence
from difflib import SequenceMatcher

from msgspec.structs import replace

from bot.talk.offers import in_language, is_in_front, on_show
from bot.talk.presses import Press, done, in_words, moved, pressed, restarted, without_doubt
from bot.talk.told import ASKED, is_unclear_who, told, told_first
from bot.talk.visit import Visit
from flows.conversation import LANGUAGES, Move, MoveName, Reply, Talk
from flows.facts import SPACES, NotUnderstood, option_of
from flows.hearing.written import LONGEST_TEXT
from flows.typed import LONGEST_REPLY, Said, number, option_said, plain

Offered = Sequence[tuple[str, Move]]
"""What can be chosen: label and move, in the order of the numbers."""

# What people type for a move, in both languages, whatever the language of the talk.
COMMANDS: dict[MoveName, tuple[str, ...]] = {
    "back": ("返回", "上一题", "上一步", "后退", "back", "b"),
    "why": ("为什么问", "为什么", "为啥问", "为啥", "why", "?"),
    "review": ("改", "修改", "改答案", "改前面的回答", "查看回答", "change", "answers", "edit"),
    "more": ("看看别的途径", "别的途径", "继续", "更多", "more"),
    "restart": ("重新开始", "重来", "从头来", "restart", "start over"),
    "help": ("帮助", "怎么用", "help", "h"),
    "leave": ("退出", "quit", "exit"),
}
SURELY_RESTART = ("从头来", "start over")  # what the button says that wipes everything: only to whoever was just asked
DONE = ("选好了", "选完了", "好了", "done")  # of a list in which something is ticked
NEVER_MIND = ("不", "不要", "不用", "不用了", "不要了", "不了", "别", "算了", "取消", "cancel", "never mind")  # to what was heard
NO_RESTART = ("不", "不是", "不要", "不用", "不了", "别", "算了", "取消", "接着问", "不,接着问", "no", "cancel", "no, carry on")
AMEND = {  # what people say to "shall that be the answer?"
    **dict.fromkeys(("改", "改吧", "要改", "改一下", "修改", "要", "change", "change it"), True),
    **dict.fromkeys(
        ("不改", "不改了", "不用改", "不要改", "别改", "leave it", "leave it as it is", "keep it", "don't change it"), False
    ),
}
ASKS_FOR = {
    **dict.fromkeys(("给自己问", "给自己", "给我自己问", "给我自己", "替自己问", "替我自己问", "我自己问", "for myself"), "self"),
    **dict.fromkeys("给家人问 给家人 替家人问 帮家人问 给家里人问 给家里人 替家里人问 帮家里人问".split(), "family"),
    **dict.fromkeys(("for my family", "for somebody else"), "family"),
}
FRAME = re.compile(
    r"^(?:现在|其实|不是,?)?(?:我|俺)?(?:是|要|想|就)?(?=[给替帮])|(?:的|了|吧|啊)$|^(?:i am |i'm |no, )?(?:asking )(?=for )"
)
THANKS = (
    "谢谢",
    "谢谢您",
    "谢谢你",
    "谢谢了",
    "谢谢啦",
    "谢谢啊",
    "多谢",
    "多谢了",
    "感谢",
    "非常感谢",
    "辛苦了",
    "好的谢谢",
    "好的,谢谢",
    "再见",
    "拜拜",
    "结束",
    "goodbye",
    "bye",
    "thanks",
    "thank you",
    "many thanks",
    "thx",
    "ty",
)
# What is said to a sheet: that it is seen; that it is not right.
SEEN = ("好", "好的", "好嘞", "好吧", "那好吧", "行", "嗯", "嗯嗯", "知道了", "明白了", "收到", "不用了", "没事了", "没有了",
        "ok", "okay", "got it", "i see", "no thanks", "that's all")  # fmt: skip
AMISS = ("不对", "不对啊", "不对呀", "错了", "有错", "说错了", "写错了", "wrong", "that's wrong", "not right")
IN_LANGUAGE = {
    "zh": ("中文", "说中文", "汉语", "普通话", "chinese", "in chinese"),
    "en": ("english", "in english", "英文", "英语", "说英语"),
}
OF_PROPOSALS: dict[MoveName, tuple[str, ...]] = {  # what people say to "is that right?"
    "agree": ("对", "对的", "对呀", "对啊", "对对", "对对对", "都对", "全对", "是", "是的", "是的是的", "没错", "没问题", "就是",
              "就是这样", "好", "好的", "行", "可以", "嗯", "嗯嗯", "yes", "yes yes", "yeah", "yep", "right", "all right",
              "correct", "all correct", "ok", "that's right", "接着", "接着办", "go on"),
    "refuse": ("不对", "都不对", "全不对", "不是", "都不是", "错了", "都错了", "no", "nope", "wrong", "all wrong",
               "none of it"),
}  # fmt: skip
GOING_ON = {  # what somebody says who thinks that their talk of yesterday is still there
    *(word for move in ("back", "review", "more") for word in COMMANDS[move]),
    *("接着办", "接着问", "接着来", "接着说", "继续办", "继续问", "上次的", "昨天的", "go on", "carry on", "continue"),
}
CHANGING = re.compile("(?:改一?下?|修改|change )(.+)")  # one of what was heard: by its number, or by its name
NEAREST = 3  # options that are offered to whoever is not understood twice in a row
_MOVES = {word: move for move, words in COMMANDS.items() for word in words}
_OF_PROPOSALS = {word: move for move, words in OF_PROPOSALS.items() for word in words}
_SAID_TWICE = {  # 嗯对的对的, yes that's right: as people talk
    move: re.compile(
        "(?:[哎诶] ?,? ?)?(?:(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + "|嗯)[ ,]*){1,5}"
    )
    for move, words in OF_PROPOSALS.items()
}
_YES_OR_NO = {word: move == "agree" for word, move in _OF_PROPOSALS.items()}


def typed(
    visit: Visit,
    said: str,
    offered: Callable[[Talk], Offered],
    unnumbered: Collection[MoveName] = (),
    near: Sequence[str] = (),
) -> tuple[Visit, Reply]:
    """The visit after what was typed. What is not understood changes nothing, and what there is to see is shown again.

    `unnumbered`: what stands there without a number; `near`: the options that alone are there, and have one, before "none of
    these".
    """
    text = plain(said) if len(said) <= LONGEST_REPLY else ""
    if is_in_front(visit) and (chosen := _in_front(visit, text)):
        return chosen
    visit = visit.having(wiping=False)
    if visit.talk.session.phase == "new" and text in GOING_ON:
        return visit, visit.talk.reply("gone")
    if not visit.talk.is_on:
        return told_first(visit, said)
    if near and number(text) == len(near) + 1 and not _counts(visit.talk):
        return without_doubt(visit)
    if text in DONE and visit.ticked:
        return done(visit, str(visit.talk.asked))
    try:
        after, reply = in_words(visit, understood(visit.talk, said, text, offered(visit.talk), unnumbered, near))
        return after.having(misses=0), reply
    except NotUnderstood:
        return _besides(visit, said, offered(visit.talk), near)


def _in_front(visit: Visit, text: str) -> tuple[Visit, Reply] | None:
    """What a text says to what is asked in front of the question; None if it says something else. No number, yes or no is meant
    for the question behind."""
    after, named = visit.having(wiping=False, offer=()), number(text)
    if text in NO_RESTART or text in COMMANDS["back"]:
        return after, visit.talk.reply("unchanged")
    if visit.offer == ("language",) and (text in LANGUAGES or (named and named <= len(LANGUAGES))):
        return in_language(after, text if text in LANGUAGES else LANGUAGES[(named or 1) - 1])
    if (
        visit.offer[:1] == ("amend",)
        and (yes := AMEND.get(text, _YES_OR_NO.get(text, {1: True, 2: False}.get(named or 0)))) is not None
    ):
        return pressed(after, Press("amend", visit.offer[1:])) if yes else (after, visit.talk.reply("unchanged"))
    if visit.wiping and text in SURELY_RESTART:
        return restarted(visit)
    return (visit, on_show(visit)) if _is_bare(visit.talk, text) else None


def _counts(talk: Talk) -> bool:
    """Whether the question on show is answered with a number: then a typed one is an amount, and none of what is listed."""
    return talk.asked is not None and talk.question(talk.asked).amount is not None


def _is_bare(talk: Talk, text: str) -> bool:
    """Whether it would say something to whichever question: numbers, yes and no, not sure."""
    parts = [number(part) for part in SPACES.split(text) if part]
    if number(text) is not None or (parts and None not in parts) or text in _OF_PROPOSALS:
        return True
    asked = talk.question(talk.asked) if talk.asked else None
    return asked is not None and option_said(text, Said((), asked.common, asked.around)) is not None


def _besides(visit: Visit, said: str, offered: Offered, shown: Sequence[str]) -> tuple[Visit, Reply]:
    """What is no bare answer: a thank-you, another language, a story; or not understood, and after the second time what may have
    been meant."""
    if len(said) > LONGEST_TEXT:
        return visit, visit.talk.reply("too_long")
    text = plain(said) if len(said) <= LONGEST_REPLY else ""
    understood_now, at_sheet = visit.having(misses=0), visit.talk.session.phase == "result"
    if text in THANKS or (at_sheet and text in SEEN):
        return understood_now, visit.talk.reply("thanks")
    if at_sheet and text in AMISS:
        return moved(understood_now, Move("review"))
    for language, words in IN_LANGUAGE.items():
        if text in words:
            after = understood_now.saying(language=language)
            return after, after.talk.reply("unchanged")
    try:
        return told(understood_now, said, numbered=not shown)
    except NotUnderstood:
        near = nearest(visit.talk, text, offered) if visit.misses == 1 else visit.talk.in_doubt
        return visit.having(misses=visit.misses + 1), replace(visit.talk.reply("not_understood"), near=near)


def nearest(talk: Talk, text: str, offered: Offered) -> tuple[str, ...]:
    """The options of the question on show that are written most like a text; none if it is like none of them."""
    if talk.asked is None:
        return ()
    fact = talk.fact(talk.asked)
    alike: dict[str, float] = {}
    for label, move in offered:
        option = option_of(move.value)
        texts = {plain(label), *map(plain, fact.words.get(option, ()))}
        alike[option] = max(SequenceMatcher(None, text, one).ratio() for one in texts)
    return tuple(sorted(alike, key=lambda option: -alike[option])[:NEAREST]) if any(alike.values()) else ()


def understood(
    talk: Talk, said: str, text: str, offered: Offered, unnumbered: Collection[MoveName] = (), near: Sequence[str] = ()
) -> Move:
    """Typed text as a move, given what the person sees; `text`: the same, plain. Raises NotUnderstood."""
    if len(said) > LONGEST_REPLY:
        raise NotUnderstood(talk.session.phase)
    if talk.session.phase == "heard" and (meant := _to_proposals(text)) and not ASKED.search(said):
        return Move(meant)
    if talk.session.phase == "heard" and text in NEVER_MIND:
        return Move("refuse")
    if (whom := _asks_for(text)) and not ASKED.search(said):
        return Move("ask_for", whom)
    asked = talk.asked
    if asked is None:
        return _chosen(offered, text, unnumbered)
    labels = {option_of(move.value): label for label, move in offered}
    if text in _MOVES and text not in map(plain, labels.values()):
        return Move(_MOVES[text])
    if ASKED.search(said) or is_unclear_who(talk, asked, text, labels.values()):
        raise NotUnderstood(asked)
    answer = talk.question(asked).read(said, labels, talk.session.asks_for == "self", near)
    return Move("answer", asked, answer)


def _to_proposals(text: str) -> MoveName | None:
    """A yes or a no to what was heard, also said several times over; None if it is none."""
    return _OF_PROPOSALS.get(text) or next((move for move, said in _SAID_TWICE.items() if said.fullmatch(text)), None)


def _asks_for(text: str) -> str:
    """For whom somebody says that they ask; "" if they do not."""
    return ASKS_FOR.get(text) or ASKS_FOR.get(FRAME.sub("", text)) or ""


def _altered(offered: Offered, text: str) -> Move | None:
    """The change of one thing that was heard, by its number or its name; None if it names none, or several."""
    changing = CHANGING.fullmatch(text)
    if changing is None:
        return None
    alters = [(plain(label), move) for label, move in offered if move.name == "alter"]
    if named := number(changing[1]):
        meant = [move for _, move in alters[named - 1 : named]]
    else:
        meant = [move for label, move in alters if changing[1] in label]
    return meant[0] if len(meant) == 1 else None


def _chosen(offered: Offered, text: str, unnumbered: Collection[MoveName]) -> Move:
    """One of what can be chosen, by its number or its words; else a command. A yes or a no to what was heard is said in full: no
    part of its words stands for it."""
    if altered := _altered(offered, text):
        return altered
    exact = [move for label, move in offered if text == plain(label)]
    if text in _MOVES and not exact:
        return Move(_MOVES[text])
    if 1 <= (named := number(text) or 0) <= len(offered):
        if (chosen := offered[named - 1][1]).name not in unnumbered:
            return chosen
        raise NotUnderstood(text)
    parts = [move for label, move in offered if len(text) > 1 and text in plain(label) and move.name not in OF_PROPOSALS]
    found = exact or parts
    if len(found) != 1:
        raise NotUnderstood(text)
    return found[0]
