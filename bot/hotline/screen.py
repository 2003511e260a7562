"""A case as an agent sees it: a question in the words of a call, what is known, and how every route stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from bot.hotline.reading import Sight, listing
from bot.wording import cards, questions, sentences
from bot.wording import sheet as sheets
from bot.wording.languages import SOURCE, Language
from bot.wording.people import asked as asked_of
from bot.wording.people import read_out, speaking_of
from bot.wording.spoken import spoken
from bot.wording.view import Card, Refusal, TopicCard
from flows.book import Book
from flows.conversation import Change, Talk
from flows.facts import NOTHING, UNSURE, Fact
from flows.policy import Policy, that_count
from flows.routes import Route
from flows.rules import AMBIGUOUS, FITS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, Judged, Rule, Status

KEYS = "1234567890qwertyiop"  # what picks an option: the digits, then the row below them
ORDER: tuple[Status, ...] = (*sheets.POSSIBLE, "open", "none")

# How a condition stands, as an agent reads it.
MARKS = {
    FITS: ("met", "符合"),
    LOCAL_RULES: ("rules", "标准文件没写"),
    AMBIGUOUS: ("unclear", "文件不清楚"),
    FITS_IF: ("lacking", "还差"),
    OPEN: ("open", "还没问"),
    NOT_GOVERNED: ("elsewhere", "归别处管"),
    NONE: ("unmet", "不符合"),
}
UNCERTAIN = ("lacking", "还没弄清")  # asked, and the caller is not sure

# What stands above the results when nothing is left to ask.
ENDINGS = {"other": "这个市不在我们的文件里", UNSURE: "先定哪个市"}
ENDING = "要紧的都问完了"


@dataclass(frozen=True, slots=True)
class Option:
    key: str  # "" where there are more options than keys
    id: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as it is said.

    `aloud`: to the caller; `third`: of somebody else whom the caller asks for; "" where it is known that this is not so.
    `ask`: on the caller's own screen. `near`: between which answers the caller's words left it open. `next`: the flow asks it
    now; else the agent looked it up.
    """

    fact: str
    stage: str
    aloud: str
    third: str
    ask: str
    chinese: str
    hint: str
    private: str
    near: str
    why: str
    many: bool
    options: tuple[Option, ...]
    next: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Known:
    fact: str
    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class Condition:
    mark: str
    verdict: str
    says: str
    clause: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """How one route stands. `card` where it is or may be open to the caller, `refusal` where it is not."""

    route: str
    title: str
    status: Status
    label: str
    conditions: tuple[Condition, ...]
    missing: tuple[Known, ...]
    card: Card | None
    refusal: Refusal | None
    clause: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything on the screen but the frame.

    `language`: of what is read to the caller; `spoken`: the answer to read out, once nothing is due; `ranked`: so much is known
    that the first routes are worth reading; `ending`: what to say when no question is due; `more`: other routes can still be
    asked about then.
    """

    language: str
    city: str
    question: Question | None
    known: tuple[Known, ...]
    outlooks: tuple[Outlook, ...]
    topics: tuple[TopicCard, ...]
    opening: tuple[str, ...]
    spoken: tuple[str, ...]
    ranked: bool
    ending: str
    more: bool


def view(talk: Talk, fact: str | None = None, ticked: tuple[str, ...] = ()) -> CaseView:
    """A talk on an agent's screen; `fact`: the question that the agent looked up, and what was `ticked` in it."""
    return _Viewer(talk).view(fact, ticked)


@dataclass(frozen=True, slots=True)
class Seen:
    """Something found to read: a topic with its card, a route by its place on the page, a paper with who lists it (route id or
    "", title, on which basis)."""

    kind: str
    id: str
    title: str
    card: TopicCard | None
    listed: tuple[tuple[str, str, str], ...]


def seen(talk: Talk, sights: Iterable[Sight]) -> tuple[Seen, ...]:
    """What a search found to read, in the words of the caller's language; nothing without a city."""
    policy = talk.policy
    return tuple(_seen(talk.book, policy, Language(talk.session.language), sight) for sight in sights) if policy else ()


def _seen(book: Book, policy: Policy, words: Language, sight: Sight) -> Seen:
    card = cards.topic_card(book, words, policy.topics[sight.id]) if sight.kind == "topic" else None
    listed = [
        (one.id if isinstance(one, Route) else "", words(one.title), words(sentences.BASIS[paper.basis]))
        for one in listing(policy)
        for paper in one.papers
        if sight.kind == "paper" and paper.id == sight.id
    ]
    return Seen(sight.kind, sight.id, words(sight.title), card, tuple(dict.fromkeys(listed)))


def city_name(talk: Talk) -> str:
    """The city of a talk, in Chinese; "" as long as none is known."""
    city = talk.facts.get("city")
    return questions.said(Language("zh"), talk.book.facts["city"], city) if city else ""


class _Viewer:
    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.book = talk.book
        self.session = talk.session
        self.facts = talk.known
        self.said = talk.facts
        self.policy = talk.policy
        self.words = speaking_of(Language(talk.session.language), talk.facts)
        self.due = talk.due

    def view(self, fact: str | None, ticked: tuple[str, ...]) -> CaseView:
        shown = fact or self.due
        return CaseView(
            language=self.session.language,
            city=city_name(self.talk),
            question=self.question(shown, ticked) if shown else None,
            known=tuple(self.known(one) for one in that_count(self.policy, self.said)),
            outlooks=tuple(self.outlooks(self.policy)) if self.policy else (),
            topics=tuple(self.topics(self.policy)) if self.policy else (),
            opening=sheets.opening(self.book, self.words, self.session) if self.due is None else (),
            spoken=spoken(self.book, self.words, self.session) if self.due is None else (),
            ranked="matter" in self.facts or self.due is None,
            ending=ENDINGS.get(str(self.facts.get("city")), ENDING),
            more=self.due is None and self.talk.has_more,
        )

    def fact(self, fact: str) -> Fact:
        return self.talk.question(fact)

    def question(self, asked: str, ticked: tuple[str, ...]) -> Question:
        fact, words = self.fact(asked), self.words
        asks, chinese = asked_of(fact, self.said, self.session.asks_for), speaking_of(Language(SOURCE), self.said)
        aloud, third = read_out(fact, self.said, self.session.asks_for)
        return Question(
            fact=asked,
            stage=questions.stage(self.book, words, fact.stage),
            aloud=words(aloud),
            third=words(third),
            ask=words(asks),
            chinese=chinese(asks),
            hint=words(fact.hint),
            private=words(sentences.PRIVATE_QUESTION) if fact.sensitive else "",
            near=self.near(fact) if asked == self.due else "",
            why=questions.why(words, self.policy, self.session, asked),
            many=fact.many,
            options=tuple(self.options(fact, ticked)),
            next=asked == self.due,
            known=asked in self.said,
        )

    def near(self, fact: Fact) -> str:
        labels, values = questions.labels(self.words, fact), self.session.heard.doubts.get(fact.id, ())
        return self.words(sentences.SEMICOLON).join(labels[one] for one in labels if one in values)

    def options(self, fact: Fact, ticked: tuple[str, ...]) -> Iterator[Option]:
        answer = self.said.get(fact.id)
        chosen = ticked or ((answer or (NOTHING,)) if isinstance(answer, tuple) else (answer,))
        for (option, label), key in zip(questions.labels(self.words, fact).items(), chain(KEYS, repeat("")), strict=False):
            yield Option(key, option, label, option in chosen)

    def known(self, fact: str) -> Known:
        asked = self.fact(fact)
        answer = self.said.get(fact)
        said = "" if answer is None else questions.said(self.words, asked, answer)
        return Known(fact, self.words(asked.ask), said)

    def topics(self, policy: Policy) -> Iterator[TopicCard]:
        return (cards.topic_card(self.book, self.words, topic) for topic in policy.topics_for(self.facts))

    def outlooks(self, policy: Policy) -> list[Outlook]:
        """The most hopeful first; of those that are open, what the caller came for, and what is nearly known."""
        matter = self.facts.get("matter")
        found = [self.outlook(policy, route) for route in policy.routes.values()]

        def rank(outlook: Outlook) -> tuple[int, bool, int]:
            besides = matter not in policy.routes[outlook.route].matters
            return ORDER.index(outlook.status), besides, len(outlook.missing)

        return sorted(found, key=rank)

    def outlook(self, policy: Policy, route: Route) -> Outlook:
        judged = policy.judge(route, self.facts)
        further = route.follow_up(self.facts) if judged.status != "none" else ()
        possible = judged.status in sheets.POSSIBLE
        missing = dict.fromkeys([*judged.conditions.wanted, *further])
        return Outlook(
            route=route.id,
            title=self.words(route.title),
            status=judged.status,
            label=self.words(sentences.STATUS[judged.status]),
            conditions=self.conditions(judged.conditions),
            missing=tuple(map(self.known, missing)),
            card=cards.card(self.book, self.words, policy, judged, self.facts) if possible else None,
            refusal=cards.refusal(self.words, policy, judged, self.facts) if judged.status == "none" else None,
            clause=cards.citation(self.words, policy, route.clause),
        )

    def conditions(self, judged: Judged) -> tuple[Condition, ...]:
        """Each once, though it may stand in several branches; the worst verdict speaks."""
        said: dict[tuple[str, ...], Judged] = {}
        for part in judged.parts:
            if self.counts(part.rule):
                same = (part.rule.texts.says, part.rule.texts.clause, *(need.fact for need in part.rule.leaves()))
                said[same] = max(said.get(same, part), part, key=lambda one: one.verdict)
        return tuple(map(self.condition, said.values()))

    def counts(self, rule: Rule) -> bool:
        """Whether a condition has to do with the caller: it stands in no branch, or in one that is theirs."""
        return any(need.when is None or need.when.holds(self.facts) for need in rule.leaves())

    def condition(self, judged: Judged) -> Condition:
        mark, verdict = UNCERTAIN if judged.verdict == FITS_IF and judged.unsure else MARKS[judged.verdict]
        return Condition(mark, verdict, self.words(judged.rule.texts.says), self.words(judged.rule.texts.clause))


def changes(book: Book, language: str, city: str, changed: tuple[Change, ...]) -> tuple[tuple[str, str, str], ...]:
    """Changes in words: (route, before, after), "" for a status that there was or is not."""
    words, policy = Language(language), book.policy(city)
    routes = policy.routes if policy else {}
    return tuple(
        (
            words(routes[change.route].title) if change.route in routes else change.route,
            words(sentences.STATUS[change.before]) if change.before else "",
            words(sentences.STATUS[change.after]) if change.after else "",
        )
        for change in changed
    )
