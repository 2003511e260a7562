"""What a turn looks like in a chat: the reply in words, with what a chat says besides, as messages."""

from msgspec.structs import replace

from bot.talk import codes
from bot.talk.presses import before_private
from bot.talk.turns import Turns
from bot.talk.visit import Visit
from bot.telegram import render
from bot.wording import sentences
from bot.wording.languages import LANGUAGES
from bot.wording.views import View, Wording, new_rules
from flows.conversation import Reply

FIRST_SEEN = (
    "",
    "begun",
    "linked",
    "link_gone",
    "kept",
    "changed",
    "early",
    "restored",
    "agreed",
    "refused",
)  # a question that is new to the person
PATIENT = 2  # texts in a row that were not understood, until the way to a human is shown


class Replies:
    """`hours`: for how long a visit is kept; `hotline`: its number, "" where the operator gave none; `takes_away`: whether a
    sheet can be had as a file."""

    def __init__(self, turns: Turns, hours: int, hotline: str, takes_away: bool) -> None:
        self._takes_away = takes_away
        self._turns = turns
        self._hours = hours
        self._hotline = hotline

    def wording(self, language: str) -> Wording:
        return Wording(self._turns.book, language)

    def view(self, visit: Visit, reply: Reply, owes_sheet: bool = False) -> View:
        """A reply in words. A remark comes first, then the last answer, the privacy line and the question; on the sheet a remark
        alone says how to see it again, or has the sheet below it that was not sent before."""
        wording = wording_of(visit)
        on_rules, reply = new_rules(wording, visit.talk, reply), replace(reply, rules=None)
        number = codes.spoken(visit.receipt) if visit.receipt else ""
        view = wording.view(visit.talk, reply, number)
        beside, asks = view.paragraphs[: view.beside], view.paragraphs[view.beside :]
        said = self._remark(wording, visit, reply, beside)
        if reply.aside in ("begun", "link_gone"):
            view, said = replace(view, apart=said), ()
        if view.phase == "result" and view.sheet is None and owes_sheet:
            view = replace(view, sheet=wording.view(visit.talk, self._turns.present(visit), number).sheet)
        elif view.phase == "result" and view.sheet is None:
            asks = (*asks, wording.sheet_again())
        elif reply.aside == "gone":
            asks = ()
        above = "\n".join(filter(None, (view.echo, view.progress)))
        if view.fact and before_private(visit.talk) and reply.aside in FIRST_SEEN:
            asks = (wording.privacy(self._hours), *asks)
        near = reply.near if view.fact else ()
        return replace(view, paragraphs=(*on_rules, *said, *([above] if above else []), *asks), near=near)

    def _remark(self, wording: Wording, visit: Visit, reply: Reply, said: tuple[str, ...]) -> tuple[str, ...]:
        """What a chat says besides, where that is not what all channels say."""
        match reply.aside:
            case "about":
                return (wording.about(self._hours),)
            case "help":
                return (wording(sentences.HELP_IN_CHAT),)
            case "gone":
                return (wording(sentences.GONE, hours=self._hours),)
            case "nothing_to_hand_over":
                return (*said, wording(sentences.RING_WITHOUT_CODE, hotline=wording.hotline(self._hotline)))
            case "not_understood" if reply.near:
                return (wording(sentences.PERHAPS),)
            case "not_understood" if visit.misses > PATIENT:
                return (wording(sentences.RING_A_HUMAN, hotline=wording.hotline(self._hotline)),)
        return said

    def handoff(self, visit: Visit, code: str) -> str:
        return wording_of(visit).handoff(code, self._hotline)

    def to_private(self, bot: str) -> render.Message:
        """What a group is told, with a button that leads to the chat with us."""
        lines = [self.wording(language).only_private() for language in LANGUAGES]
        label = " ".join(self.wording(language)(sentences.ALONE_WITH_US) for language in LANGUAGES)
        return replace(render.plain_message(lines), buttons=((render.Button(label, f"https://t.me/{bot}?start"),),))

    def messages(self, owner: bytes, visit: Visit, view: View) -> tuple[render.Message, ...]:
        wording, button = wording_of(visit), self._buttons(owner, visit)
        if view.phase == "language":
            return (render.language_choice(LANGUAGES.items(), button, view.paragraphs[0]),)
        if view.phase == "amend":
            return (render.amend_choice(wording, view, button),)
        if view.phase == "restart":
            return (render.restart_choice(wording, button),)
        return render.messages(wording, view, visit, button, self._takes_away)

    def papers(self, owner: bytes, visit: Visit) -> render.Message | None:
        """The papers of the sheet as a list to tick off, if there are any."""
        wording = wording_of(visit)
        sheet = wording.sheet(visit.session)
        if not sheet.papers:
            return None
        return render.paper_list(wording, sheet, visit, self._buttons(owner, visit))

    def papers_of(self, visit: Visit) -> tuple[str, ...]:
        return tuple(paper.id for paper in wording_of(visit).sheet(visit.session).papers)

    def _buttons(self, owner: bytes, visit: Visit) -> render.Buttons:
        return render.Buttons(owner, visit, self._turns.runtime.words)


def wording_of(visit: Visit) -> Wording:
    """In the visit's language, by the policies that it was read under."""
    return Wording(visit.talk.book, visit.session.language)
