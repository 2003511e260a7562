"""What a turn looks like in a chat: the reply in words, with what a chat says besides, as messages."""

from collections.abc import Sequence
from dataclasses import replace

from bot.talk import codes
from bot.talk.presses import before_private
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.telegram import render
from bot.wording.languages import LANGUAGES, SOURCE
from bot.wording.views import View, Wording, new_rules
from flows.conversation import Reply


class Replies:
    """`hours`: for how long a visit is kept."""

    def __init__(self, turns: Turns, hours: int) -> None:
        self._turns = turns
        self._hours = hours
        self._wordings = {language: Wording(turns.book, language) for language in LANGUAGES}

    def wording(self, language: str) -> Wording:
        return self._wordings.get(language, self._wordings[SOURCE])

    def view(self, visit: Visit, reply: Reply) -> View:
        """A reply in words. The privacy line goes before the question; on the sheet a remark alone says how to see it again."""
        wording = self.wording(visit.session.language)
        view = wording.view(visit.talk, replace(reply, rules=None), codes.spoken(visit.receipt) if visit.receipt else "")
        if reply.aside == "about":
            view = _with(view, [wording.about(self._hours)])
        if view.phase == "result" and view.sheet is None:
            view = replace(view, paragraphs=(*view.paragraphs, wording.sheet_again()))
        if view.fact and before_private(visit.talk) and reply.aside in ("", "begun", "linked", "link_gone", "kept", "changed"):
            view = _with(view, [wording.privacy(self._hours)])
        return _with(view, new_rules(wording, visit.talk, reply))

    def messages(self, owner: bytes, visit: Visit, view: View) -> tuple[render.Message, ...]:
        wording, button = self.wording(visit.session.language), self._buttons(owner, visit)
        if view.phase == "language":
            return (render.language_choice(LANGUAGES.items(), button, view.paragraphs[0]),)
        if view.phase == "restart":
            return (render.restart_choice(wording, button),)
        return render.messages(wording, view, visit, button)

    def papers(self, owner: bytes, visit: Visit) -> render.Message | None:
        """The papers of the sheet as a list to tick off, if there are any."""
        wording = self.wording(visit.session.language)
        sheet = wording.sheet(visit.session)
        if not sheet.papers:
            return None
        return render.paper_list(wording, sheet, visit, self._buttons(owner, visit))

    def _buttons(self, owner: bytes, visit: Visit) -> render.Buttons:
        return render.Buttons(owner, visit, self._turns.runtime.words)


def _with(view: View, lines: Sequence[str]) -> View:
    return replace(view, paragraphs=(*lines, *view.paragraphs))
