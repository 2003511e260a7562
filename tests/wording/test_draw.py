"""`luohu policy draw`: every condition, clause and option of a route is in its picture, in both languages; and on the desk."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.wording.languages import Language
from bot.workshop import draw, trees
from bot.workshop.trees import Tree
from clerk import desk_open
from conftest import BOOK, CITIES, ROOT

SVG = "{http://www.w3.org/2000/svg}"


def every(tree: Tree) -> list[Tree]:
    return [tree, *(two for one in tree.below for two in every(one))]


def pictures(language: str) -> list[tuple[str, Tree]]:
    words = Language(language)
    policies = [BOOK.city(city).policy for city in CITIES]
    found = [(policy.city, trees.of_city(policy, words)) for policy in policies]
    return found + [(one.id, trees.of_route(BOOK, policy, one, words)) for policy in policies for one in policy.routes.values()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_picture_is_a_sound_svg_with_all_words_in_it(language: str) -> None:
    for name, tree in pictures(language):
        root = ElementTree.fromstring(draw.svg(tree))  # noqa: S314  # our own
        words = "".join(text.text or "" for text in root.iter(f"{SVG}text"))
        assert all(re.sub(r"\s", "", one.says) in re.sub(r"\s", "", words) for one in every(tree)), name
        assert "style" not in {key for element in root.iter() for key in element.attrib}, "the desk lets no style in"
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert all(
            0 < float(text.attrib["x"]) < width and 0 < float(text.attrib["y"]) < height for text in root.iter(f"{SVG}text")
        )
        if language == "en":
            assert [one.says for one in every(tree) if re.match("[\u4e00-\u9fff]", one.says)] == [], name


def test_a_route_shows_every_condition_clause_and_option_and_where_each_leads() -> None:
    for city in CITIES:
        policy = BOOK.city(city).policy
        for route in policy.routes.values():
            says = [one.says for one in every(trees.of_route(BOOK, policy, route, Language("zh")))]
            text = "\n".join(says)
            for need in route.needs.leaves():
                fact = policy.facts[need.fact]
                assert (not need.texts.says or need.texts.says in text) and all(
                    label in text for label in fact.options.values()
                ), route.id
            assert all(rule.texts.clause in text for rule in route.needs.needs)
            assert all(BOOK.papers[paper.id] in text for paper in route.papers)
            assert all(placement.note in text for placement in route.placements)


def test_a_city_shows_every_matter_and_what_leads_to_every_route() -> None:
    for city in CITIES:
        policy = BOOK.city(city).policy
        tree = trees.of_city(policy, Language("zh"))
        assert [one.says for one in tree.below] == list(policy.facts["matter"].options.values())
        titles = {two.says for one in tree.below for two in one.below}
        assert all(f"{route.title}（{route.clause}）" in titles for route in policy.routes.values())


def test_mermaid_has_a_line_for_each_and_nothing_that_it_would_misread() -> None:
    tree = Tree('有"引号"和<b>#', "", (Tree("一"), Tree("二", "", (Tree("三"),))))
    lines = [line.strip() for line in draw.mermaid(tree).splitlines()]
    assert lines[0] == "flowchart LR" and lines[1] == 'n0["有#34;引号#34;和#60;b#62;#35;"]'
    assert [line for line in lines if "-->" in line] == ["n0 --> n1", "n0 --> n2", "n2 --> n3"]


def test_the_command_writes_both_files_and_refuses_what_there_is_not(tmp_path: Path) -> None:
    def ran(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "bot", "policy", "draw", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True
        )

    done = ran("tianshui", "open-settlement", "--into", tmp_path, "--lang", "en")
    assert done.returncode == 0 and {path.name for path in tmp_path.iterdir()} == {
        f"tianshui.open-settlement.{one}" for one in ("svg", "mmd")
    }
    for wrong, says in (
        (["nowhere"], "没有 nowhere 这个市"),
        (["tianshui", "x"], "没有 x 这条途径"),
        (["tianshui", "--into", tmp_path / "no"], "写不了"),
    ):
        done = ran(*wrong)
        assert (done.returncode, done.stdout) == (2, "") and says in done.stderr


@pytest.mark.asyncio
async def test_supervisors_see_them_on_the_desk(tmp_path: Path) -> None:
    async with desk_open(tmp_path) as desk:
        chief = await desk.member("chief", "supervisor")
        text = (await chief.get("/desk/policies")).text
        links = re.findall(r'href="(/desk/policies/[^"]+)"', text)
        assert len(links) == 2 * sum(1 + len(BOOK.city(city).policy.routes) for city in CITIES)
        for link in links[:4]:
            picture = await chief.get(link)
            assert picture.headers["content-type"] == "image/svg+xml"
            ElementTree.fromstring(picture.text)  # noqa: S314  # our own
        for wrong in ("nowhere", "tianshui.x", "wenzhou.x", "tianshui.open-settlement.x"):
            assert (await chief.get(f"/desk/policies/{wrong}.svg")).status_code == 404
