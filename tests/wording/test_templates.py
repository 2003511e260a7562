"""Data is never program: what a translation, a policy or a hall says is shown as it is, and nothing in it is run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot import check
from bot.kiosk.hall import Hall
from bot.web.pages import rendered
from bot.web.templating import FOLDERS, templates
from bot.wording import languages as i18n
from bot.wording.languages import ROOT
from conftest import BOOK
from flows.book import Text

PROGRAMS = [
    "{{ 7*7 }}",
    "{% for one in range(3) %}7{% endfor %}",
    "{# gone #}",
    "a brace left open {{",
    '"}} {{ cycler.__init__.__globals__ }}',
]
AS_TEXT = {says: says.replace('"', "&#34;") for says in PROGRAMS}


class Spoilt(dict[str, str]):
    """A catalogue in which every sentence is the same."""

    def __init__(self, says: str) -> None:
        super().__init__()
        self._says = says

    def get(self, message: str, default: object = None) -> str:
        return self._says


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Templates as they are loaded, before and after."""
    templates.cache_clear()
    yield
    templates.cache_clear()


@pytest.mark.parametrize("says", PROGRAMS)
def test_a_translation_is_shown_and_never_run(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "translations", lambda _: Spoilt(says))
    page = rendered("phone.html", "en", visit="x", key="x", guard=0)
    assert f"<h1>{AS_TEXT[says]}</h1>" in page and page.count(AS_TEXT[says]) == 5


def test_a_translation_is_escaped_in_text_and_in_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "translations", lambda _: Spoilt('<b title="x">&'))
    environment = templates("en")
    shown = environment.from_string('<p title="{{ _("地址") }}">{{ _("地址") }}{{ "a" if 1 else _("电话") }}</p>').render()
    escaped = "&lt;b title=&#34;x&#34;&gt;&amp;"
    assert shown == f'<p title="{escaped}">{escaped}a</p>'


@pytest.mark.parametrize("says", PROGRAMS)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_a_hall_says_is_shown_and_never_run(says: str, language: str) -> None:
    hall = Hall(office=says, address=f"<b>{says}", hours=says, telephone=says)
    box = templates(language).from_string('{% from "hall.html" import hall_box %}{{ hall_box(hall, heading) }}')
    shown = box.render(hall=hall, heading=says)
    assert shown.count(AS_TEXT[says]) == 5 and f"&lt;b&gt;{AS_TEXT[says]}" in shown


def test_no_template_trusts_what_it_is_given() -> None:
    for folder in FOLDERS:
        for file in folder.glob("*.html"):
            source = file.read_text(encoding="utf-8")
            assert "safe" not in source.replace("safely", "") and "autoescape" not in source, file.name


def test_pages_look_up_no_sentence_that_stands_in_them() -> None:
    """Each is folded when the template is loaded: the compiled page has the English words and no Chinese ones."""
    source = (ROOT / "bot/kiosk/templates/phone.html").read_text(encoding="utf-8")
    compiled = templates("en").compile(source, "phone.html", raw=True)
    assert "在手机上继续" in source and "在手机上继续" not in compiled


# ---- luohu policy check ----


@pytest.mark.parametrize("sign", ["{{", "{%", "{#"])
def test_a_translation_like_program_is_refused(sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [Text("bot/x.py", 1, "地址"), Text("bot/x.py", 2, "电话")]
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    catalogue = Catalog(locale="en", charset="utf-8")
    catalogue.add("地址", string="Address")
    catalogue.add("电话", string=f"Phone {sign} 7")
    i18n.po_file("en").parent.mkdir(parents=True)
    with i18n.po_file("en").open("wb") as file:
        write_po(file, catalogue, width=0)
    (problem,) = (one for one in i18n.faults(texts, "en") if "占位符" not in one.what)
    line = i18n.po_file("en").read_text(encoding="utf-8").split("\n")[problem.line - 1]
    assert problem.file == "locales/en/LC_MESSAGES/luohu.po" and line == 'msgid "电话"'
    assert sign in problem.what and problem.mend


@pytest.mark.parametrize("sign", ["{{", "{%", "{#"])
def test_a_policy_text_like_program_is_refused(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = BOOK.city("tianshui").texts[3]
    spoilt = Text(text.file, text.line, f"{text.says} {sign}")
    monkeypatch.setattr(i18n, "all_texts", lambda _: [spoilt])
    found = [one for one in check.policy_problems(BOOK) if "模板" in one.what]
    assert [(one.file, one.line) for one in found] == [(text.file, text.line)]
    assert sign in found[0].what and found[0].mend


def test_our_sentences_and_policies_hold_no_program() -> None:
    assert list(i18n.like_program(i18n.all_texts(BOOK))) == []
