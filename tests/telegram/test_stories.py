"""Ten talks that begin with a story, held in a chat: the same sheet as by questions alone, in fewer of them, and nothing assumed."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from bot.wording import sentences
from bot.wording.views import Wording
from botapi import BotApi
from conftest import BOOK
from flows.facts import NOTHING, UNSURE, Facts
from person import Answer, Person, asked
from service import serving
from test_telegram import Bot, by_numbers, facts

pytestmark = pytest.mark.asyncio(loop_scope="module")

Story = tuple[str, str, Facts]
STORIES: tuple[Story, ...] = (  # language, what is told, and how it is with them
    ("zh", "我在瑞安租的房，在厂里上班，交了职工医保，想把户口迁到瑞安城里",
     {"city": "wenzhou", "county": "ruian", "matter": "move_to_town", "ground": ("rented_home", "job"), "place_type": "county_seat",
      "housing": "rented", "lease_filed": "yes", "work": "employee", "insurance": ("employee_medical",), "movers": ()}),
    ("zh", "我儿子在铁岭买了房，我跟他住一起，想把我的户口投靠到他那里",
     {"city": "tieling", "matter": "join_kin", "place_type": "county_seat", "joiner_relation": "parent", "live_together": "yes",
      "house_acquired": "bought", "house_owner": "child", "housing": "relative_home", "movers": ()}),
    ("zh", "帮我妈问问，她想投靠我，我在韶关有自己的房子，她跟我一起住",
     {"city": "shaoguan", "matter": "join_kin", "place_type": "county_seat", "joiner_relation": "parent", "live_together": "yes",
      "housing": "relative_home", "movers": ()}),
    ("zh", "老婆是缅甸人，孩子在缅甸生的，想给孩子在临沧上户口，没有出生证",
     {"city": "lincang", "matter": "child_registration", "parents_nationality": "one_chinese_one_border",
      "child_birthplace": "abroad", "birth_certificate": "no", "child_registered": "no", "chinese_parent_hukou": "here",
      "parents_marriage": "none", "child_foreign_nationality": "no"}),
    ("zh", "大学毕业了，户口还在天水的学校集体户，想迁回老家农村",
     {"city": "tianshui", "matter": "move_to_village", "student_stage": "graduated", "school_kind": "university"}),
    ("zh", "我老公是当兵的，在温州，我想随军落户",
     {"city": "wenzhou", "matter": "military_family", "soldier_relation": "spouse"}),
    ("zh", "我在天水打工三年了，租房住，想办居住证",
     {"city": "tianshui", "matter": "residence_permit", "ties": ("lives", "works"), "hukou_place": "elsewhere"}),
    ("zh", "我在昌图县城买了房，房产证还没下来，只有购房合同，想把户口迁过去",
     {"city": "tieling", "matter": "move_to_town", "ground": ("own_home",), "place_type": "county_seat", "housing": "owned",
      "house_acquired": "bought", "house_papers": ("contract",), "house_owner": "self", "movers": ("spouse",),
      "live_together": "yes", "lives_there": "yes"}),
    ("en", "I rent a flat in Wenzhou, I work in a factory and my lease is registered. I want to move my hukou to town",
     {"city": "wenzhou", "county": "lucheng", "matter": "move_to_town", "ground": ("rented_home",), "place_type": "urban_district",
      "housing": "rented", "lease_filed": "yes", "work": "employee", "movers": ()}),
    ("zh", "从小没上过户口，今年二十多了，在临沧，想补户口",
     {"city": "lincang", "matter": "fix_record", "record_problem": "no_hukou"}),
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def a_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    async with BotApi() as api, serving(api, tmp_path_factory.mktemp("stories")) as one:
        yield SimpleNamespace(api=api, service=one, webhook=False)


async def interviewed(bot: Bot, person: Person, answer: Answer, resident: Facts) -> tuple[Answer, list[str]]:
    """Answers what is asked as it is with them: (the last answer, the questions)."""
    wording, questions = Wording(BOOK, person.language), list[str]()
    while (name := await asked(bot.service, answer)) is not None:
        said = await facts(bot, person)
        policy = BOOK.policy(said.get("city"))
        fact = policy.question(name, policy.known(said)) if policy else BOOK.facts[name]
        value = resident.get(name, UNSURE)
        options = [value] if isinstance(value, str) else list(value) or [NOTHING]
        options = [option for option in options if option in (*fact.options, NOTHING)] or [UNSURE]
        answer = await by_numbers(person, fact, wording.labels(fact), options)
        questions.append(name)
    return answer, questions


def told_on_the_sheet(answer: Answer) -> str:
    """The first sentences of a sheet: what was asked, answered."""
    return answer.text.split("\n\n")[0]


@pytest.mark.parametrize("number", range(len(STORIES)))
async def test_a_story_saves_questions_and_assumes_nothing(bot: Bot, number: int) -> None:
    language, story, resident = STORIES[number]
    plain = Person(bot.api, language_code=language)
    sheet, questions = await interviewed(bot, plain, await plain.says("/start"), resident)

    person = Person(bot.api, language_code=language)
    echo = await person.says(story)
    wording = Wording(BOOK, language)
    assert wording(sentences.WHAT_I_HEARD) in echo.text and await facts(bot, person) == {}
    answer = await person.taps(wording(sentences.AGREE))
    taken = await facts(bot, person)
    wrong = {fact: value for fact, value in taken.items() if resident.get(fact, value) != value}
    assert not wrong, "nothing that they did not say"
    told, left = await interviewed(bot, person, answer, resident)
    print(
        f"{story}\n  {len(questions)} questions; told: {len(left)} {left}; saved {len(questions) - len(left) - 1}, a yes counted"
    )
    print(f"  {told_on_the_sheet(sheet)[:100]}\n  {told_on_the_sheet(told)[:100]}")
    assert len(left) < len(questions)
