"""What is over by now or has yet to begin, where a hukou only stands, what is out of reach: asked, beside what is settled."""

import pytest

from conftest import BOOK
from flows.facts import Answer
from flows.hearing.ears import Ears

EARS = Ears(BOOK)


def facts(said: str) -> dict[str, Answer]:
    return EARS.hear(said, None).facts


@pytest.mark.parametrize(
    ("said", "fact", "settled"),
    [
        ("在瑞安鞋厂做过一季，现在没活", "ties", "在瑞安鞋厂做了八年，有活"),
        ("I had a job in Ouhai until last month", "ties", "I have a job in Ouhai"),
        ("I had a job in Ouhai until last month", "county", "I have a job in Ouhai"),
        ("我在龙湾阀门厂上班，去年厂子倒了", "ties", "我在龙湾阀门厂上班，已经干了八年"),
        ("I was a contract worker in Zhangjiachuan, they didn't renew", "city", "I am a contract worker in Zhangjiachuan"),
        ("I worked at a factory in Ruian for six years, now back home", "ties", "I work at a factory in Ruian, now six years"),
        ("We lived in Kaiyuan before the mine closed", "county", "We live in Kaiyuan, the mine closed"),
        ("毕业了，工作签好了在临翔，还没去", "ties", "毕业了，工作在临翔"),
        ("I got a job at a bank in Ruian, it starts in August", "ties", "I got a job at a bank in Ruian last August"),
        ("我在曲江钢厂上班，九月才上岗", "ties", "我在曲江钢厂上班，上夜班"),
        ("毕业证还没拿到，前年毕业", "student_stage", "毕业证早拿到了，前年毕业"),
        ("我在韶关念书，读完去了东莞", "ties", "我在韶关念书，周五去东莞"),
        ("I quit in my second year of college", "student_stage", "I am in my second year of college"),
        ("我初恋考上师专了，我没考上，卖菜", "student_stage", "我考上师专了，不卖菜"),
        ("在缅甸做了几年玉石，前年回的沧源", "ties", "在沧源做了几年玉石，前年回的"),
        ("我大四，实习在鹿城", "ties", "我大四，学校在鹿城"),
        ("我在省城读研，家在云县农村", "ties", "我在云县读研，家在云县农村"),
        ("前半年在昌图粮库上班，后来回村了", "ties", "前半年在昌图粮库上班，现在也是"),
        ("闺女考上了师专，户口迁走两年，现在不想读了", "student_stage", "闺女考上了师专，户口迁走"),
        ("大专证是在铁岭考的，我在社区上班", "city", "大专证有，我在铁岭社区上班"),
        ("租房住过，在鹿城", "lives_there", "租房住，在鹿城"),
        ("我有大专文凭，野鸡大学毕业", "school_kind", "我有大专文凭，师范大学毕业"),
        ("我是城镇户口，后来说不算", "hukou_kind", "我是城镇户口，后来说过"),
        ("在泰顺投资办厂，算不算投资", "talent", "在泰顺投资办厂，招了人"),
    ],
)
def test_what_is_over_or_has_yet_to_begin_is_asked(said: str, fact: str, settled: str) -> None:
    assert fact not in facts(said)
    assert fact in facts(settled)


@pytest.mark.parametrize(
    ("said", "fact", "settled"),
    [
        ("两个户口，一个在村里一个在县城", "place_type", "两个户口，现在住县城"),
        ("my hukou is with my grandfather in the county town", "place_type", "we live in the county town"),
        ("去年劳模评上了，镇里的，我是环卫工", "place_type", "房子，镇里的，我是环卫工"),
        ("想迁回村里，我祖籍不是那个村", "origin_village", "想迁回村里种地"),
        ("人在西安，天水那边没社保", "insurance", "人在天水，没社保"),
        ("my hukou has been in Yinzhou since birth", "county", "my home has been in Yinzhou since birth"),
        (
            "hukou at the talent centre in Yinzhou, I peel shrimps",
            "city",
            "a job at the talent centre in Yinzhou, I peel shrimps",
        ),
        ("老婆是镇康边境那边的，我送外卖", "county", "老婆在镇康，我们住镇康"),
        ("I studied two years at a technical school in Kaiyuan", "city", "I teach at a technical school in Kaiyuan"),
        ("在洞头海鲜厂干过一季，今年又回温州", "county", "今年在洞头海鲜厂干，又回温州"),
        ("户口在一个厂里，在清水厂子的集体户上挂着", "county", "户口在一个厂里，在清水厂子上班"),
        ("我去年在银州落了户", "county", "我明年想在银州落户"),
        ("我在县城弄了个假户口", "place_type", "我在县城弄了套房子"),
        ("户口是去年从平阳迁到鹿城的，住鹿城", "hukou_place", "户口从平阳迁过来，住鹿城"),
        ("I have a flat in Lanzhou and a job in Maiji", "housing", "I have a flat in Maiji and a job in Lanzhou"),
        ("当年户口迁到舅舅家", "joiner_relation", "户口想迁到舅舅家"),
        ("我哥把他户口迁温州了，家里剩我种地", "city", "我想把我户口迁温州，家里剩我哥种地"),
        ("my grandma kept me on her book", "joiner_relation", "my grandma wants me on her book"),
        ("my residence permit in Dongguan expired", "matter", "my residence permit in Xinfeng expired"),
        (
            "got an offer from a bank in Tieling and one from Dalian, not decided, I work",
            "city",
            "got an offer from a bank in Tieling, I work",
        ),
        ("when I was a child my hukou was moved", "matter", "register a child, my hukou is here"),
        ("hukou in Diaobingshan, job in Diaobingshan, flat in Yinzhou", "hukou_place", "hukou in Diaobingshan, flat in Yinzhou"),
    ],
)
def test_where_something_only_stands_or_was_is_no_goal(said: str, fact: str, settled: str) -> None:
    assert fact not in facts(said)
    assert fact in facts(settled)


@pytest.mark.parametrize(
    ("said", "city"),
    [
        ("想落杭州落不起，只好落温州", "wenzhou"),
        ("I want to settle in Shenzhen but it is too expensive, so Shaoguan", "shaoguan"),
        ("想落杭州，门槛高", "other"),
        ("my job is in Lucheng, I just want to know how to get it to Hangzhou", "other"),
        ("公司搬到东莞去了，我不跟，在南雄找了活", "shaoguan"),
        ("我在银州上班，下个月就要去沈阳了", None),
        ("the agency moved my hukou to Taizhou by mistake, my job is in Yongjia", "wenzhou"),
    ],
)
def test_another_city_that_is_out_of_reach_or_by_the_way_gives_way_to_ours(said: str, city: str | None) -> None:
    assert facts(said).get("city") == city


def test_a_pension_paid_in_another_city_is_elsewhere() -> None:
    assert facts("my employee pension is in Dongguan, I live in Lechang")["insurance"] == ("elsewhere",)
    assert "elsewhere" not in facts("my employee pension, and I live in Lechang").get("insurance", ())
