"""Checks of heard.yaml: every example comes out as said, no phrase says two values, no two words sound the same, none is idle."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flows.book import PolicyError, Problem
from flows.facts import NOTHING, UNSURE
from flows.hearing.ears import Ears, Heard
from flows.hearing.lexicon import TOPIC, Entry, Lexicon
from flows.hearing.phrases import Phrase


def heard_problems(ears: Ears, examples: bool = True) -> list[Problem]:
    """The faults of heard.yaml, each with its line and the mend; none without such a file. `examples`: are they heard, too?"""
    try:
        known = ears.lexicon
    except PolicyError as error:
        return list(error.problems)
    if known is None:
        return []
    said = _examples(ears, known) if examples else ()
    problems = [*known.idle, *_two_values(known), *_idle_nots(known), *_sounds(known), *said]
    return sorted(set(problems), key=lambda problem: (problem.line, problem.what))


def _two_values(known: Lexicon) -> Iterator[Problem]:
    """A phrase under two values of one fact would say neither."""
    seen: dict[tuple[str, str, bool], Entry] = {}
    for phrase, entry in known.entries:
        first = seen.setdefault((entry.fact, phrase.said, entry.open), entry)
        if (first.values, first.kin) != (entry.values, entry.kin) and not (
            first.needs or entry.needs or first.blocks or entry.blocks
        ):
            yield replace(
                entry.at,
                what=f"“{phrase.said}”在 {entry.fact} 的两个选项下面都写了（另一处在第 {first.at.line} 行）",
                mend="只留一处，或者用 between",
            )


def _idle_nots(known: Lexicon) -> Iterator[Problem]:
    """What stands under `not` counts only where it lies over the phrase: one that never can does nothing."""
    phrases: dict[int, tuple[Entry, list[Phrase]]] = {}  # by the line of the entry
    for one, entry in (*known.entries, *known.intents):
        phrases.setdefault(entry.at.line, (entry, []))[1].append(one)
    for entry, some in phrases.values():
        for said in entry.blocks:
            if not any(said.may_overlap(one) for one in some):
                yield replace(entry.at, what=f"not 里的“{said.said}”碰不到这一项的任何短语", mend="写到 near 里")


def _sounds(known: Lexicon) -> Iterator[Problem]:
    """Two words that sound the same cannot be told apart by their sound."""
    seen: dict[tuple[str, ...], str] = {}
    for word in (*known.ear.words, *known.ear.places):
        for sound in known.ear.sounds(word):
            first = seen.setdefault(sound, word)
            if first != word and not _one_place(known, first, word):
                yield Problem(known.at_sound.file, known.at_sound.line, f"“{first}”和“{word}”读音一样", "sound 里只留一个")


def _one_place(known: Lexicon, one: str, other: str) -> bool:
    names = known.gazetteer.names
    return one in names and other in names and names[one] == names[other]


def _examples(ears: Ears, known: Lexicon) -> Iterator[Problem]:
    entries = {id(entry): entry for _, entry in (*known.entries, *known.intents)}
    for entry in entries.values():
        for said in entry.says:
            if not (_comes_out(ears, entry, said) or _is_asked(ears, entry, said)):
                yield replace(entry.at, what=f"例句“{said}”没有听出 {_what(entry)}", mend="改例句，或者补短语")
        for said in entry.not_says:
            if _comes_out(ears, entry, said):
                yield replace(entry.at, what=f"例句“{said}”不该听出 {_what(entry)}", mend="在 not 里写上挡住它的话，或者改例句")


def _what(entry: Entry) -> str:
    return f"{entry.fact}: {' / '.join(entry.values) or '（亲属）'}"


def _comes_out(ears: Ears, entry: Entry, said: str) -> bool:
    """Is what the entry says heard in an example (while its question is open, if only then)?"""
    heard = ears.hear(said, entry.fact if entry.open else None)
    if ":" in entry.fact:
        return entry.fact in {f"{one.kind}:{one.id}" for one in heard.intents}
    if entry.kin:
        return any(one.rule == entry.rule for one in heard.everything)
    if len(entry.values) > 1:
        return any(one.fact == entry.fact and set(entry.values) <= set(one.values) for one in heard.doubts)
    return _said(heard, entry.fact, entry.values)


def _is_asked(ears: Ears, entry: Entry, said: str) -> bool:
    """Is what the entry says asked about, as an example leaves open whose it is?"""
    heard = ears.hear(said, entry.fact if entry.open else None)
    said_of = {part for value in entry.values for part in value.split("+")}
    return any(one.fact == entry.fact and said_of <= set(one.values) for one in heard.doubts)


def _said(heard: Heard, fact: str, values: Iterable[str]) -> bool:
    found = heard.facts.get(fact)
    wanted = "".join(values)
    if wanted == TOPIC:
        return found == UNSURE
    if isinstance(found, tuple):
        return set(wanted.split("+")) <= set(found) if wanted != NOTHING else found == ()
    return found == wanted
