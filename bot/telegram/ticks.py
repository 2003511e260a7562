"""A list of papers to tick off whose sheet is gone. It says itself what is ticked, so it goes on working, and nothing is kept of
it but, for a moment, what was ticked last."""

from bot.talk.runtime import Runtime
from bot.talk.short_memory import ShortMemory
from bot.telegram.incoming import Incoming
from bot.telegram.render import Button, Keys, Message, base36, pressed

NOT_SEEN_YET = 600  # seconds in which the list may still come with the marks of before a tick

Ticks = dict[str, str]
"""Paper -> "yes" if it is at hand, "no" if not."""


class LoneLists:
    def __init__(self, runtime: Runtime) -> None:
        self._words = runtime.words
        self._lately = ShortMemory[Ticks](runtime, "ticks", Ticks, NOT_SEEN_YET)

    def papers_on(self, heard: Incoming) -> tuple[str, ...]:
        """The papers of the list that was pressed, by its buttons; none if it is no such list."""
        return tuple(self._shown(heard.keys))

    async def ticked(self, heard: Incoming, paper: str, state: str) -> Message:
        """The list that was pressed, after a tick. A quick one comes with the marks of before the last: that is made up for."""
        name, shown = f"{heard.chat} {heard.pressed}", self._shown(heard.keys)
        unseen = {one: was for one, was in (await self._lately.of(name) or {}).items() if shown.get(one, was) != was}
        ticks = unseen | {paper: state}
        await self._lately.keep(name, ticks)
        return self._marked(heard.html, heard.keys, ticks)

    def _shown(self, keys: Keys) -> Ticks:
        """What a list shows: a button sets the other state."""
        found = [pressed(data, self._words) for _, data in keys]
        said = [one.words for one in found if one is not None and one.move == "paper" and len(one.words) == 2]
        return {paper: "no" if sets == "yes" else "yes" for paper, sets in said}

    def _marked(self, html: str, keys: Keys, ticks: Ticks) -> Message:
        papers, said, rows = [*self._shown(keys)], html.split("\n"), [*keys]
        lines = [number for number, text in enumerate(said) if text.startswith(("☐", "☑"))]
        for paper, state in ticks.items():
            at, mark, other = papers.index(paper), "☑" if state == "yes" else "☐", "no" if state == "yes" else "yes"
            label, data = rows[at]
            rows[at] = mark + label[1:], f"{data.rpartition('.')[0]}.{base36(self._words.number(other))}"
            said[lines[at]] = mark + said[lines[at]][1:]
        return Message("\n".join(said), tuple((Button(*key),) for key in rows))
