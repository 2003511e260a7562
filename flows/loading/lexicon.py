"""The lexicon from policies/heard.yaml, read strictly like every file of policies/, and the table of syllables beside it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path

from flows.book import Book, Problem
from flows.facts import NOTHING, UNSURE
from flows.hearing.lexicon import TOPIC, Entry, Lexicon, Relative
from flows.hearing.phrases import KIN, BadPhrase, Phrase, phrase
from flows.hearing.places import gazetteer
from flows.hearing.sound import Ear, Sound
from flows.loading.reader import Reader, uncollected
from flows.loading.yaml import Node

FILE = "heard.yaml"
SIZE_LIMIT = 1024 * 1024  # bytes: people say one thing in many ways
NODES = 60_000
INTENTS = ("silent", "besides", "topic", "move")  # what no document says, and what few ask of that; a topic; a move in the talk
KIN_KEYS = "words moves joined along owner soldier".split()
PERSON_KEYS = (
    "me us they others surnames called ends_of_kin acts things does towards opening along along_them asks_for join_them to_me"
    " moving"
).split()
SCOPE_KEYS = (
    "past now breaks unbroken idle pseudo before after last wish wished supposed gave_up may must ahead to_come steady of_home"
    " unsure questions corrected chatter about_mover of_another of_child of_owner of_soldier of_place friends no_strangers"
    " asked_of answered_of_kin what_is asking anybody of_move done hedge undone sublet may_be_undone quoted needed other_verb"
    " hints_work hints_study hints_home lived_in of_settling how_one_works small grown counts_as can_then whole"
    " over begins over_of not_oneself parted has_moved"
).split()
PLACE_KEYS = (
    "from before after settle going errand headline paid insured paid_no_more born outside_mainland chat common elsewhere"
).split()
ENTRY_KEYS = "value between kin negatable noun placed also words open not near needs unless says not_says".split()
TABLE = Path(__file__).with_name("syllables.txt")


@uncollected()
def read_heard(folder: Traversable, book: Book) -> Lexicon:
    """Reads heard.yaml; raises PolicyError with all its faults."""
    read = _HeardReader(folder, book)
    made = read.lexicon()
    read.done()
    return made


@lru_cache(maxsize=1)
def syllables() -> dict[str, Sound]:
    """Character -> its syllables. A line of the table: a syllable, a space, the characters that are read so."""
    found: dict[str, Sound] = {}
    for line in TABLE.read_text(encoding="utf8").splitlines():
        syllable, chars = line.split(" ")
        alone = (syllable,)  # the same one for all of them: 0.5 MB
        for char in chars:
            found[char] = (*found[char], syllable) if char in found else alone
    return found


class _HeardReader(Reader):
    """Reads heard.yaml. Long, as what stands in the file is read in its order."""

    def __init__(self, folder: Traversable, book: Book) -> None:
        super().__init__(folder, FILE, SIZE_LIMIT, NODES)
        self.book = book
        self.kin: dict[str, Relative] = {}
        self.classes: dict[str, tuple[str, ...]] = {}
        self.known: dict[str, Phrase] = {}  # as they are written: one stands under many entries
        self.twice: list[Problem] = []  # words that stand twice in a list

    def lexicon(self) -> Lexicon:
        root = self.fields(
            self.root, "misspelt sound kin people scope places provinces classes heard intents".split(), ["kin", "scope", "heard"]
        )
        self.kin = {name: self.relative(node) for name, node in self.items(root.get("kin"))}
        people = self.lists(root.get("people"), PERSON_KEYS)
        scope = self.lists(root.get("scope"), SCOPE_KEYS)
        places = self.lists(root.get("places"), PLACE_KEYS)
        own = {name: self.plain_list(node) for name, node in self.items(root.get("classes"))}
        every = tuple(word for relative in self.kin.values() for word in relative.words)
        self.classes = {
            "kin": every,
            **{name: one.words for name, one in self.kin.items()},
            "me": people["me"] + people["us"],
            "others": people["others"],
            **own,
        }
        sound = self.lists(root.get("sound"), ["words", "not"])
        provinces = {city: self.plain_list(node) for city, node in self.items(root.get("provinces"))}
        places_known = gazetteer(self.book, places, provinces)
        entries, intents = tuple(self.entries(root.get("heard"))), tuple(self.meant(root.get("intents")))
        return Lexicon(
            entries=entries,
            intents=intents,
            kin=self.kin,
            classes=self.classes,
            scope=scope,
            people=people,
            misspelt=self.misspelt(root.get("misspelt")),
            gazetteer=places_known,
            ear=Ear(sound["words"], places_known.spoken, sound["not"], syllables()),
            facts=self.book.facts,
            at_sound=Problem(self.file, root["sound"].line if "sound" in root else 1, ""),
            idle=(*self.twice, *self.idle_classes(root.get("classes"), people)),
        )

    def idle_classes(self, node: Node | None, people: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
        """The classes of the file that stand in none of the phrases that were read."""
        said = "\n".join((*self.known, *chain.from_iterable(people.values()))).casefold()
        for name, at in self.places(node).items():
            if f"<{name}>" not in said:
                yield replace(at, what=f"没有短语用 <{name}> 这一类词", mend="删掉，或者写进短语里")

    # -- plain lists

    def plain_list(self, node: Node | None) -> tuple[str, ...]:
        words = tuple(self.word(item).casefold() for item in self.list(node))
        if node is not None and len(words) > len(set(words)):
            twice = "、".join(dict.fromkeys(word for word in words if words.count(word) > 1))
            self.twice.append(Problem(self.file, node.line, f"“{twice}”写了两次", "只留一处"))
        return words

    def lists(self, node: Node | None, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        keys = list(keys)
        entry = self.fields(node, keys) if node else {}
        return {key: self.plain_list(entry.get(key)) for key in keys}

    def misspelt(self, node: Node | None) -> dict[str, str]:
        found = {}
        for wrong, right in self.items(node):
            found[wrong] = self.word(right)
            if node and len(wrong) != len(found[wrong]):
                self.problem(node, f"“{wrong}”和“{found[wrong]}”字数不一样", "写成一样多的字", wrong)
        return found

    def relative(self, node: Node) -> Relative:
        entry = self.fields(node, KIN_KEYS, ["words"])
        return Relative(self.plain_list(entry.get("words")), {key: self.plain_list(entry.get(key)) for key in KIN_KEYS[1:]})

    # -- entries

    def entries(self, node: Node | None) -> Iterator[tuple[Phrase, Entry]]:
        for fact, some in self.items(node):
            if node is not None and fact not in self.book.facts:
                self.unknown(node, fact, self.book.facts, f"没有 {fact} 这件事", fact)
                continue
            items = self.list(some)
            for number, item in enumerate(items, 1):
                yield from self.entry(item, fact, number)
            items.clear()  # the file's tree is as large as all that is made of it

    def meant(self, node: Node | None) -> Iterator[tuple[Phrase, Entry]]:
        for kind, some in self.items(node):
            if node is not None and kind not in INTENTS:
                self.unknown(node, kind, INTENTS, f"没有 {kind} 这一类", kind)
                continue
            for name, item in self.items(some):
                yield from self.entry(item, f"{kind}:{name}", 1, name)

    def entry(self, node: Node, fact: str, number: int, name: str = "") -> Iterator[tuple[Phrase, Entry]]:
        entry = self.fields(node, ENTRY_KEYS, ["says", "not_says"])
        values = (name,) if name else self.values(node, entry, fact)
        made = Entry(
            rule=f"{fact}.{'|'.join(values) or entry['kin'].value if 'kin' in entry or values else '?'}.{number}"
            if not name
            else fact,
            fact=fact,
            values=values,
            kin=self.one_of(entry.get("kin"), KIN_KEYS[1:], "亲属的写法"),
            blocks=self.phrases(entry.get("not")),
            near=self.phrases(entry.get("near")),
            needs=self.phrases(entry.get("needs")),
            unless=self.phrases(entry.get("unless")),
            denied=self.word(entry.get("negatable")),
            noun=self.one_of(entry.get("noun"), ["yes"], "写法") == "yes",
            placed=self.one_of(entry.get("placed"), ["yes"], "写法") == "yes",
            also=tuple(self.also(entry.get("also"))),
            says=self.examples(entry.get("says"), "says"),
            not_says=self.examples(entry.get("not_says"), "not_says"),
            at=Problem(self.file, node.line, ""),
        )
        for said in self.phrases(entry.get("words")):
            if made.kin and not any(part.kind == "class" and part.text == KIN for part in said.parts):
                self.problem(entry["words"], f"“{said.said}”里没有 <kin>，不知道说的是哪位亲属", "在括号外面写上 <kin>")
            yield said, made
        if "open" in entry:
            opened = replace(made, open=True, rule=f"{made.rule}?")
            yield from ((said, opened) for said in self.phrases(entry["open"]))

    def values(self, node: Node, entry: Mapping[str, Node], fact: str) -> tuple[str, ...]:
        if sum(key in entry for key in ("value", "between", "kin")) != 1:
            self.problem(node, "value、between、kin 要写一个，只写一个", "看 policies/README.md")
            return ()
        valid = [*self.options(fact), NOTHING, UNSURE, TOPIC]
        if "value" in entry:
            value = self.word(entry["value"])
            for part in value.split("+"):
                if part not in valid:
                    self.unknown(entry["value"], part, valid, f"{fact} 没有 {part} 这个选项")
            return (value,)
        return self.some_of(entry.get("between"), valid, "选项") if "between" in entry else ()

    def options(self, fact: str) -> Iterable[str]:
        return self.book.counties if fact == "county" else self.book.facts[fact].options

    def also(self, node: Node | None) -> Iterator[tuple[str, str]]:
        for fact, value in self.items(node):
            if node is not None and fact not in self.book.facts:
                self.unknown(node, fact, self.book.facts, f"没有 {fact} 这件事", fact)
            else:
                yield fact, self.one_of(value, self.options(fact), "选项")

    def examples(self, node: Node | None, key: str) -> tuple[str, ...]:
        found = tuple(self.word(item) for item in self.list(node))
        if node is not None and not found:
            self.problem(node, f"{key} 是空的", "至少写一句")
        return found

    def phrases(self, node: Node | None) -> tuple[Phrase, ...]:
        made = []
        for item in self.list(node):
            try:
                made.append(self.phrase(self.word(item)))
            except BadPhrase as error:
                self.problem(item, str(error), "只能用 (a|b)、[x]、<类> 和 …")
        return tuple(made)

    def phrase(self, said: str) -> Phrase:
        """Raises BadPhrase."""
        if said not in self.known:
            self.known[said] = phrase(said, self.classes)
        return self.known[said]
