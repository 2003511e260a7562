"""What is told besides of a friend, a neighbour or a rumour says nothing of the one who asks: the texts of `own`, each with one more
sentence before or behind it. Nothing is heard then that was not heard without it, and nothing otherwise."""

import json
import random
from pathlib import Path

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears

EARS = Ears(BOOK)
TEXTS = Path(__file__).parents[1] / "utterances" / "own.jsonl"
BESIDES = (
    "我朋友在上海买了房",
    "我同学的户口在农村",
    "隔壁老王租的房子没备案",
    "听说要交社保才行",
    "我同事的孩子没有出生证",
    "楼下那家把户口迁到县城去了",
    "我闺蜜住在单位宿舍",
    "人家说要房东同意才能办",
    "我一个老乡去年退休回村里种地了",
    "网上说要有居住证",
    "有人说要先离婚",
    "我们村有人转成居民户口了",
)
IN_ENGLISH = (
    "my friend bought a flat in Shanghai",
    "my classmate has a rural hukou",
    "they say you need social insurance",
    "my friend's kid has no birth certificate",
    "someone told me the landlord must agree",
    "a colleague of mine rents without registering the lease",
)
SHARE = 6  # of so many texts one: all of them would take half a minute


def stories() -> list[str]:
    rows = [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines()]
    told = [row["text"] for row in rows if not row["context"] and row["facts"]]
    return told[::SHARE]


def heard(said: str) -> dict[str, Answer]:
    return EARS.hear(said).facts


@pytest.mark.parametrize("behind", [True, False])
def test_others_business_is_not_ones_own(behind: bool) -> None:
    luck = random.Random(7)
    faults = []
    for text in stories():
        alone = heard(text)
        for besides in luck.sample(IN_ENGLISH if text.isascii() else BESIDES, 3):
            mark = ". " if text.isascii() else "。"
            said = f"{text.rstrip(' 。.!?？')}{mark}{besides}" if behind else f"{besides}{mark}{text}"
            faults += [(said, fact, value) for fact, value in heard(said).items() if alone.get(fact) != value]
    assert not faults


def test_one_relatives_business_is_not_anothers() -> None:
    assert "student_stage" not in heard("老姑没儿没女，把调兵山的一处楼过户给我了，能拿这个楼落户不 我侄女在上海念大学")
    assert "house_acquired" not in heard("我小姨子在杭州买了房 想进城落户，带上老婆孩子，孩子上幼儿园")


def test_a_cousins_child_is_not_the_one_who_is_registered() -> None:
    assert heard("我在鹿城租房住，我表妹的孩子没有出生证")["housing"] == "rented"


def of_the_speaker(said: str) -> list[tuple[str, str, Answer]]:
    """What is heard of work, home and where one lives, in a text that tells it of somebody else."""
    found = heard(said)
    return [
        (said, fact, found[fact]) for fact in ("work", "ties", "housing") if found.get(fact, "relative_home") != "relative_home"
    ]


def test_every_word_for_a_person_is_one() -> None:
    """Each way to call a relative, with 我 or my before it, or an acquaintance."""
    assert EARS.lexicon is not None
    faults = []
    for word in sorted({*EARS.lexicon.relatives, *EARS.lexicon.scope["friends"]} - {"有人"}):
        if word.isascii():
            faults += of_the_speaker(f"My {word} bought a flat in Yueqing and has no job, can I move my hukou there")
        else:
            mine = "" if word[0] in "我俺咱他她佢" or word not in EARS.lexicon.relatives else "我"
            faults += of_the_speaker(f"{mine}{word}在乐清买了房，没工作，我想把户口迁过去")
    assert not faults


@pytest.mark.parametrize("who", ["我干爷爷", "我二姨奶", "俺远房舅", "我们家小侄", "我师爷", "我校友", "我前老板", "我表弟媳"])
def test_whoever_ends_as_people_are_called_is_somebody_else(who: str) -> None:
    assert not of_the_speaker(f"{who}在乐清买了房，没工作，我想把户口迁过去")


@pytest.mark.parametrize("who", ["step-nephew", "plumber", "church friend", "godbrother", "old man", "carer"])
def test_who_does_something_after_my_is_somebody_else(who: str) -> None:
    assert not of_the_speaker(f"My {who} bought a flat in Yueqing and has no job, can I move my hukou there")


@pytest.mark.parametrize(
    ("said", "fact", "value"),
    [
        ("My own flat has no deed yet, I bought it in Yueqing", "housing", "owned"),
        ("my lease has been filed", "lease_filed", "yes"),
        ("我住公租房", "housing", "public_rental"),
        ("我在耿马一家公司上班", "work", "employee"),
        ("女儿九岁，想投靠我这个养母", "joiner_relation", "minor_child"),
    ],
)
def test_what_is_no_person_stays_ones_own(said: str, fact: str, value: str) -> None:
    assert heard(said).get(fact) == value


@pytest.mark.parametrize(
    ("theirs", "fact"),
    [
        ("我表哥公司给交五险一金", "insurance"),
        ("我爸单位一直没给上社保", "insurance"),
        ("我儿子就自己支个摊烤冷面", "work"),
        ("我朋友房子是租的", "housing"),
        ("我同事的合同还没备案", "lease_filed"),
    ],
)
def test_what_is_theirs_stays_theirs(theirs: str, fact: str) -> None:
    """A relative's employer pays for him; he himself is he; a friend's home is the friend's."""
    assert fact not in heard(f"我想把户口迁到昌图，{theirs}")
    assert fact not in heard(f"{theirs}，我想把户口迁到昌图")
