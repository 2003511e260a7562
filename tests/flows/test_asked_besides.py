"""What a story asks besides: few ask it, no document says it, and it is answered at once, with the city's own word where it has one."""

import pytest

from bot.talk.visit import no_visit
from conftest import BOOK
from test_told import WORDING, at, says


def answered(said: str) -> tuple[tuple[str, ...], str]:
    """What was asked besides, and what is said before anything is asked."""
    visit, reply = says(no_visit(BOOK), said)
    return reply.wanted, "\n".join(WORDING.view(visit.talk, reply).paragraphs)


@pytest.mark.parametrize(
    ("said", "asked", "words"),
    [
        ("我在麦积租房上班，想迁来，户口本在我哥手里他就是不给", "booklet-withheld", "户口本在别人手里"),
        ("我妈跟我们住曲江，想投靠我，户主是我老公，他不肯签字", "householder-refuses", "户主不肯签字"),
        ("儿媳妇和我儿子离婚了，户口还赖在我家不走，银州的", "others-hukou", "怎么让别人把户口迁走"),
        ("迁移证一直没落，现在还弄丢了，我在苍南县城上班", "migration-certificate", "户口迁移证丢了"),
        ("我十七岁，在秦州打工住宿舍，想把户口迁到天水", "minor-alone", "没满十八岁"),
        ("居住证丢了，在秦州补办要钱不", "permit-renewal", "居住证到期了怎么续"),
        ("女儿是捡来养的，没办过收养手续，在乐昌", "adopted", "捡来、抱来的孩子"),
        ("女儿是捡来养的，没办过收养手续，在瑞安", "adopted", "文件要求全面解决没户口的人上户口"),
        ("在武江买了套商住公寓，想落户", "apartment", "商住公寓（四十年产权的房）"),
        ("在银州买了套商住公寓，想落户", "apartment", "第（六）条列了商品房"),
        ("我在武江租的民房，房东不给签合同，想落户", "no-contract", "租房没有签合同"),
        ("我在秦州租的民房，没签合同，想落户", "no-contract", "不看住房条件"),
        ("房本写的我公司的名字，在银州，想落户", "company-home", "房子在公司、单位名下的"),
        ("老公是消防队的，我在永德，想按军属落户", "not-quite-soldiers", "第7条只写了现役军人"),
        ("外甥跟我住临翔城里，想把户口迁到我家好上学", "schooling-and-exams", "孩子上学"),
        ("我们在铁岭打工，没有铁岭户口孩子能上公办学校吗", "schooling-and-exams", "公办学校为主"),
    ],
)
def test_a_story_is_answered_also_in_what_it_asks_besides(said: str, asked: str, words: str) -> None:
    wanted, told = answered(said)
    assert wanted[0] == asked and words in told, told


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我爸去世了销户要啥手续，多少钱", ("steps", "fee")),
        ("派出所电话多少，要不要体检", ("phone-number", "check-up")),
        ("要原件还是复印件，要钱不，几天能办好", ("copies", "fee", "days")),
        ("要原件还是复印件，要钱不，几天能办好，能代办吗", ("copies", "fee", "days")),
        ("户口本丢了，补一本要几天，能不能让我儿子去", ("days", "proxy")),
    ],
)
def test_each_thing_that_is_asked_at_once_is_answered(said: str, asked: tuple[str, ...]) -> None:
    visit = at("housing", {"city": "shaoguan", "matter": "move_to_town"})
    visit, reply = says(visit, said)
    assert reply.wanted == asked
    shown = WORDING.view(visit.talk, reply).paragraphs
    assert all(any(BOOK.when_asked.get(one, BOOK.not_in_document.get(one, ""))[:4] in line for line in shown) for one in asked)
    assert visit.session.facts == at("housing", {"city": "shaoguan", "matter": "move_to_town"}).session.facts


def test_a_topic_opens_with_what_is_asked_beside_it() -> None:
    visit, reply = says(
        at("housing", {"city": "wenzhou", "matter": "move_to_town"}), "户口本丢了，补一本要几天，能不能让我儿子去"
    )
    assert visit.session.phase == "topic" and reply.wanted == ("days", "proxy")
    shown = WORDING.view(visit.talk, reply).paragraphs
    assert any(line.startswith("要几天") for line in shown) and any(line.startswith("能不能代办") for line in shown)


def test_how_long_one_must_have_lived_there_is_not_how_long_it_takes() -> None:
    visit, reply = says(no_visit(BOOK), "在韶关住多久才能办居住证")
    assert reply.wanted == () and visit.session.heard.facts == {"matter": "residence_permit", "city": "shaoguan"}


def test_what_few_ask_stands_on_no_sheet() -> None:
    assert not set(BOOK.when_asked) & set(BOOK.not_in_document)
    visit, reply = says(at("housing", {"city": "shaoguan"}), "户主不肯签字怎么办")
    assert reply.wanted == ("householder-refuses",) and visit.session.facts["housing"] == "unsure", "and it answers no question"


@pytest.mark.parametrize(
    "said",
    [
        "户口本在我妈那，我在韶关租房",
        "我在厂里上班没签劳动合同，在韶关租房",
        "我十七岁就出来打工，在韶关租房",
        "房子是租的公寓，在韶关",
        "在四十年的老房子里租房，韶关",
        "房东他不肯签字，在韶关租房",
    ],
)
def test_what_only_sounds_alike_is_no_such_question(said: str) -> None:
    assert answered(said)[0] == ()
