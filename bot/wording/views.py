"""Wording: what a person reads. Every sentence of ours stands here, once, marked `_(…)` for translation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.wording.languages import LANGUAGES, Language
from flows.book import Book
from flows.conversation import Aside, Change, Move, MoveName, Reply, Session, Talk
from flows.facts import NOTHING, UNSURE, Answer, Fact, Facts
from flows.policy import Family, Judgement, Paper, Policy, Route, Topic
from flows.rules import AMBIGUOUS, FITS_IF, LOCAL_RULES, NONE, NOT_GOVERNED, OPEN, Finding, Need, Texts

# Remarks that leave the sheet as it was shown.
ALONE: tuple[Aside, ...] = (
    "why",
    "help",
    "more_none",
    "out_of_place",
    "stale",
    "not_understood",
    "thanks",
    "nothing_yet",
    "nothing_to_hand_over",
    "only_words",
    "about",
    "unchanged",
)
FOR_ONE = {"child_registration", "fix_record"}  # matters that concern nobody but the person
POSSIBLE = ("fits", "fits_if", "local_rules", "ambiguous", "not_governed")  # as they stand on a sheet


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press or type: what it says, and the move that it makes."""

    label: str
    move: Move


@dataclass(frozen=True, slots=True)
class Card:
    """One route on the answer sheet that is or may be open to the resident."""

    route: str
    title: str
    status: str
    headline: str
    points: tuple[str, ...]  # what is lacking, unclear or left to others
    family: tuple[str, ...]
    placement: tuple[str, ...]
    papers: tuple["PaperLine", ...]
    papers_note: str
    where: tuple[str, ...]
    clause: str
    notes: tuple[str, ...]
    general: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperLine:
    id: str
    name: str
    basis: str
    remark: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One route that does not fit: why, and what would change that. `enough`: nothing else would be lacking then."""

    route: str
    title: str
    clause: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    enough: bool


@dataclass(frozen=True, slots=True)
class TopicCard:
    id: str
    title: str
    text: str
    papers: tuple[PaperLine, ...]
    clause: str
    department: str
    general: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answer sheet (一次性告知单), structured; channels render it."""

    title: str
    opening: tuple[str, ...]
    cards: tuple[Card, ...]
    refusals: tuple[Refusal, ...]
    unasked: str
    topics: tuple[TopicCard, ...]
    closing: tuple[str, ...]
    receipt: str = ""  # the number under which a window finds the same answers again


@dataclass(frozen=True, slots=True)
class View:
    """One reply as a channel shows it. `tick`: several choices may be taken together."""

    phase: str
    paragraphs: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    commands: tuple[Choice, ...] = ()
    fact: str | None = None
    tick: bool = False
    sheet: Sheet | None = None
    topic: TopicCard | None = None


class Wording:
    """Words replies and sheets of a book in one language."""

    def __init__(self, book: Book, language: str) -> None:
        self.book = book
        self._ = Language(language if language in LANGUAGES else "zh")

    # ---- views ----

    def view(self, talk: Talk, reply: Reply, receipt: str = "") -> View:
        """A reply as it is shown. `receipt`: the number on the sheet, as it is read out."""
        policy, session = talk.policy, talk.session
        aside, choices = self.aside(talk, reply), self.choices(talk, reply)
        match reply.phase:
            case "asking" | "changing" if reply.fact:
                fact, commands = talk.fact(reply.fact), self.commands(reply.phase if session.facts else "first")
                return View(reply.phase, (*aside, *self.question(fact)), choices, commands, fact.id, fact.many)
            case "answers":
                return View("answers", (*aside, *self.answers_intro(session)), choices, self.commands("answers"))
            case "result":
                sheet = None if reply.aside in ALONE else replace(self.sheet(session), receipt=receipt)
                return View("result", aside, choices, self.commands("result"), sheet=sheet)
            case "topic" if policy:
                card = self.topic_card(policy.topics[reply.topic]) if reply.topic else None
                ask = () if card else (self._("想看哪一项？"),)
                return View("topic", (*aside, *ask), choices, self.commands("topic"), topic=card)
            case "held":
                return View("held", (self.at_the_hotline(),))
            case "restart":
                return View("restart", (self.surely_restart()[0],))
            case "language":
                return View("language", (self.choose_language(),))
            case "new":
                return View("new", (*aside, self._("现在没有进行中的问答。")), commands=self.commands("closed"))
            case _:
                return View(
                    reply.phase, (*aside, self._("好的，今天就到这里。您的回答已经清掉了。")), commands=self.commands("closed")
                )

    def question(self, fact: Fact) -> tuple[str, ...]:
        stage = self._("【{stage}】").format(stage=self.stage(fact.stage))
        return tuple(line for line in (stage + self.ask(fact), self.hint(fact)) if line)

    def stage(self, stage: str) -> str:
        return self._(self.book.stages[stage])

    def ask(self, fact: Fact) -> str:
        return self._(fact.ask) + (self._("（可以多选）") if fact.many else "")

    def hint(self, fact: Fact) -> str:
        return self._("小提示：{hint}").format(hint=self._(fact.hint)) if fact.hint else ""

    def labels(self, fact: Fact) -> dict[str, str]:
        """Option id -> what the resident sees, in the order of the numbers; `nothing` and `unsure` come last."""
        labels = {option: self._(label) for option, label in fact.options.items()}
        if fact.many:
            labels[NOTHING] = self._(fact.nothing)
        return labels | {UNSURE: self._("说不清")}

    def offered(self, talk: Talk) -> tuple[tuple[str, Move], ...]:
        """What can be chosen now: label and move, in the order of the numbers."""
        return tuple((choice.label, choice.move) for choice in self.choices(talk, talk.reply()))

    def choices(self, talk: Talk, reply: Reply) -> tuple[Choice, ...]:
        match reply.phase:
            case "asking" | "changing" if reply.fact:
                return self.options(talk.fact(reply.fact))
            case "answers":
                return self.answer_list(talk.session)
            case "result":
                return self.result_choices(talk.policy, talk.session)
            case "topic" if talk.policy:
                return self.topic_choices(talk.policy)
            case _:
                return ()

    def options(self, fact: Fact) -> tuple[Choice, ...]:
        return tuple(Choice(label, Move("answer", fact.id, fact.value_of(option))) for option, label in self.labels(fact).items())

    def answers_intro(self, session: Session) -> tuple[str, ...]:
        if not session.facts:
            return (self._("您还没有回答过问题。"),)
        return (self._("这些是您的回答。想改哪一项，就选哪一项："),)

    def answer_list(self, session: Session) -> tuple[Choice, ...]:
        return tuple(
            Choice(self._("{question} {answer}").format(question=question, answer=answer), move)
            for question, answer, move in self.answers(session)
        )

    def answers(self, session: Session) -> Iterable[tuple[str, str, Move]]:
        """(question, answer, the move that changes it), in the order of answering."""
        for name, answer in session.facts.items():
            fact = self.book.fact(name, session.facts.get("city"))
            yield self._(fact.ask), self.said(fact, answer), Move("change", name)

    def said(self, fact: Fact, answer: Answer) -> str:
        labels = self.labels(fact)
        if isinstance(answer, str):
            return labels.get(answer, answer)
        return self._("、").join(labels[option] for option in answer) or labels[NOTHING]

    def result_choices(self, policy: Policy | None, session: Session) -> tuple[Choice, ...]:
        choices = [Choice(self._("改前面的回答"), Move("review"))]
        if policy is not None:
            choices.insert(0, Choice(self._("看看别的途径"), Move("more")))
            choices.append(Choice(self._("权益和服务（上学、社保、土地等）"), Move("open_topic")))
        return tuple(choices)

    def topic_choices(self, policy: Policy) -> tuple[Choice, ...]:
        return tuple(Choice(self._(topic.title), Move("open_topic", topic.id)) for topic in policy.topics.values())

    def commands(self, phase: str) -> tuple[Choice, ...]:
        all_: dict[MoveName, str] = {
            "back": self._("返回"),
            "why": self._("为什么问"),
            "review": self._("改"),
            "restart": self._("重新开始"),
            "begin": self._("开始"),
            "help": self._("帮助"),
            "leave": self._("退出"),
        }
        shown: dict[str, tuple[MoveName, ...]] = {
            "first": ("why", "restart", "help", "leave"),
            "asking": ("back", "why", "review", "restart", "help", "leave"),
            "changing": ("back", "why", "restart", "help", "leave"),
            "answers": ("back", "restart", "help", "leave"),
            "result": ("back", "restart", "help", "leave"),
            "topic": ("back", "restart", "help", "leave"),
            "closed": ("begin",),
        }
        return tuple(Choice(all_[name], Move(name)) for name in shown[phase])

    # ---- what is said besides ----

    def welcome(self) -> tuple[str, ...]:
        return (
            self._("您好！我帮您对照文件看一看：户口能落到哪里，家人能不能一起迁，要带什么材料，到哪里办。"),
            self._("下面问的，都是“要迁户口的那个人”的情况。替家人问，就按家人的情况回答。"),
            self._("从选项里选一个就行，也可以输入序号。拿不准的，选“说不清”，我会告诉您怎么弄清楚。"),
        )

    def kiosk_title(self) -> str:
        return self._("落户咨询")

    def welcome_to_kiosk(self) -> tuple[str, ...]:
        return (
            self._("您好！我帮您对照文件看一看：户口能落到哪里，家人能不能一起迁，要带什么材料，到哪里办。"),
            self._("不用登记，不问姓名和证件号。请选语言，然后一题一题地点。"),
        )

    def papers_button(self) -> str:
        return self._("材料清单（可打勾）")

    def several_typed(self) -> str:
        return self._("选几项的，把序号用空格隔开，例如：1 3。")

    def several_pressed(self) -> str:
        return self._("有几项就点几项，再点“选好了”。也可以输入序号，例如：1 3。")

    def done_button(self) -> str:
        return self._("选好了")

    def surely_restart(self) -> tuple[str, str, str]:
        """Before everything is wiped: the question, yes, no."""
        return self._("要清掉前面的回答，从头问起吗？"), self._("从头来"), self._("不，接着问")

    def restart_by_word(self) -> str:
        """The same where nothing can be pressed."""
        return self._("要的话，请输入“{yes}”；不要，就接着回答。").format(yes=self.surely_restart()[1])

    def choose_language(self) -> str:
        return self._("请选择语言：")

    def privacy(self, hours: int) -> str:
        return self._(
            "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号，"
            "{hours}小时没有动静就自动删掉。不想说的可以选“说不清”，也可以随时发 /forget 清除。"
        ).format(hours=hours)

    def privacy_at_kiosk(self) -> str:
        return self._(
            "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号；"
            "两分钟没人动，这台机器就自动清除。不想说的可以选“说不清”，走之前请点“完成并清除”。"
        )

    def privacy_on_phone(self) -> str:
        return self._(
            "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号；"
            "半小时没有动静就自动清除。不想说的可以选“说不清”，用完请点“完成并清除”。"
        )

    def about(self, hours: int) -> str:
        return self._(
            "我对照五个城市的文件回答落户问题，不是政府的审批窗口。我不看您的名字和电话，只记下选过的选项，{hours}小时没有动静就删掉；"
            "发 /forget 马上删掉，告知单上的窗口核对码也一起作废。不发的话，核对码留30天，只对应选过的选项，不对应您这个人。"
            "您发的消息会经过 Telegram 在境外的服务器，请不要发姓名、证件号和照片。"
        ).format(hours=hours)

    def forgotten(self) -> str:
        return self._(
            "已经清除：这里不再有您的任何回答。48小时以内的聊天记录我也请 Telegram 删了；更早的，请您在聊天窗口里自己删。"
            "想再问，发 /start。"
        )

    def only_words(self) -> str:
        return self._("照片、语音、位置和文件我看不了，也没有保存。请点下面的选项，或者输入文字。")

    def only_private(self) -> str:
        return self._("落户的事涉及个人情况，请点我的头像，单独和我聊。")

    def at_the_hotline(self) -> str:
        return self._("现在由热线的工作人员接着办，您先看着就行。办完以后，结果会回到这里。")

    def handoff(self, code: str) -> str:
        return self._(
            "请把这个号码念给热线的工作人员：{code}\n10分钟内有效，只能用一次。工作人员输入以后，就能接着您现在的回答往下办。"
            "号码只念给您自己打通的热线，不要发给别人。"
        ).format(code=code)

    def moved_to_phone(self) -> str:
        return self._("已经转到您的手机上，这台机器已经清除。")

    def handoff_at_kiosk(self, hotline: str) -> tuple[str, ...]:
        """`hotline`: the number to ring, or "" if the hall did not say it."""
        ring = self._("请拨打{number}，接通后把上面的号码念给工作人员。他们输入以后，就能接着您现在的回答往下办。")
        return (
            ring.format(number=hotline)
            if hotline
            else self._("打通热线以后，把上面的号码念给工作人员。他们输入以后，就能接着您现在的回答往下办。"),
            self._("号码10分钟内有效，只能用一次。请不要念给别人。"),
        )

    def nothing_ticked(self, fact: Fact) -> str:
        return self._("一项也没有选。有的，请点一下前面的方框；都没有，请点“{nothing}”。").format(nothing=self._(fact.nothing))

    def nothing_to_hand_over(self) -> str:
        return self._("现在没有可以转给热线的内容。")

    def aloud(self, fact: Fact) -> str:
        """What an agent says to the caller it is about."""
        return self._(fact.aloud)

    def third(self, fact: Fact) -> str:
        """What an agent says to a caller who asks for somebody else."""
        return self._(fact.third)

    def private_question(self) -> str:
        """What an agent says before a question that not everybody likes to answer."""
        return self._("下面要问的比较私密。您的回答只用来对照文件，不记姓名和证件号；不想说的，可以说“说不清”。")

    def receipt(self, code: str) -> str:
        return self._("窗口核对码：{code}（30天内有效，窗口凭它能看到同样的回答和结果）").format(code=code)

    def busy(self) -> str:
        return self._("现在有点忙，您前面的回答都还在。请过一会儿再发一次。")

    def went_wrong(self) -> str:
        return self._("刚才这一下没有办成，您前面的回答都还在。请再试一次；还是不行，请打电话问派出所。")

    def nothing_yet(self) -> str:
        return self._("还没问完，再答几题才有告知单。")

    def sheet_again(self) -> str:
        return self._("要再看告知单，发 /result。")

    def city_of_link(self, city: str) -> str:
        return self._("您点的是{city}的链接，已经换成{city}。跟人有关的回答还在。").format(
            city=self._(self.book.facts["city"].options[city])
        )

    def command_menu(self) -> tuple[tuple[str, str], ...]:
        """Telegram's command menu: command, what it does."""
        return (
            ("start", self._("开始")),
            ("back", self._("回到上一题")),
            ("answers", self._("查看、修改回答")),
            ("result", self._("再看一次告知单")),
            ("restart", self._("从头来")),
            ("handoff", self._("转给热线接着办")),
            ("language", self._("换语言 Language")),
            ("forget", self._("清除我的回答")),
            ("help", self._("怎么用")),
            ("about", self._("关于和隐私")),
        )

    def description(self) -> str:
        return self._("落户咨询：对照临沧、天水、温州、铁岭、韶关的文件，看哪条途径适合、带什么材料、到哪里办。点“开始”就行。")

    def not_understood(self) -> str:
        return self._("这句我没看懂。请输入选项前面的序号，或者选项里的字；拿不准就选“说不清”。")

    def not_understood_at_the_end(self) -> str:
        return self._("这句我没看懂。请选下面的选项；具体的事，请打电话问派出所。")

    def welcome_thanks(self) -> str:
        return self._("不客气。")

    def old_button(self) -> str:
        return self._("这是前面那道题的选项，没有改动您的回答。请看下面。")

    def aside(self, talk: Talk, reply: Reply) -> tuple[str, ...]:
        match reply.aside:
            case "why" if reply.fact:
                return (self.why(talk.policy, talk.session, reply.fact),)
            case "why":
                return (self._("现在没有要回答的问题。"),)
            case "help":
                return (self.help(),)
            case "more_none":
                return (self._("别的途径都已经问过了，没有更多要问的。"),)
            case "out_of_place":
                return (self._("现在还用不上这个。"),)
            case "stale":
                return (self.old_button(),)
            case "kept":
                return (self._("换了城市。跟人有关的回答都还在，跟原来城市有关的要重新问。"),)
            case "changed":
                return (self.changed(talk.policy, reply.changes),)
            case "begun":
                return self.welcome()
            case "linked":
                return (self.city_of_link(str(talk.facts["city"])),)
            case "nothing_ticked" if reply.fact:
                return (self.nothing_ticked(talk.fact(reply.fact)),)
            case "not_understood" if talk.session.phase == "result":
                return (self.not_understood_at_the_end(),)
            case "not_understood":
                return (self.not_understood(),)
            case "only_words":
                return (self.only_words(),)
            case "nothing_to_hand_over":
                return (self.nothing_to_hand_over(),)
            case "thanks":
                return (self.welcome_thanks(),)
            case "nothing_yet":
                return (self.nothing_yet(),)
            case _:
                return ()

    def why(self, policy: Policy | None, session: Session, fact: str) -> str:
        if fact == "city":
            return self._("为什么问：每个市的文件不一样，先要知道是哪个市。")
        if fact == "matter" or policy is None:
            return self._("为什么问：知道您要办什么事，就能先问最要紧的。")
        facts = {known: answer for known, answer in session.facts.items() if known != fact}
        decided = [self._(route.title) for route in policy.decided_by(fact, facts, session.seen)]
        if not decided:
            return self._("为什么问：这个回答以前影响过结果；按现在的情况，它已经不起作用了。")
        return self._("为什么问：这个问题决定下面的途径适不适合、要怎么办：{routes}。").format(
            routes=self._("；").join(decided[:4])
        )

    def help(self) -> str:
        return self._(
            "怎么用：输入选项的序号或者文字。“返回”回到上一题，“改”修改前面的回答，“为什么问”看这道题的用处，"
            "“重新开始”从头来，“退出”结束并清掉回答。我只按文件说，不替派出所做决定。"
        )

    def changed(self, policy: Policy | None, changes: tuple[Change, ...]) -> str:
        if not changes or policy is None:
            return self._("改好了，各条途径的结果没有变化。")
        parts = [
            self._("{route}：由“{before}”变为“{after}”").format(
                route=self._(policy.routes[change.route].title),
                before=self.status(change.before),
                after=self.status(change.after),
            )
            for change in changes
        ]
        return self._("改好了。{changes}。").format(changes=self._("；").join(parts))

    def status(self, status: str) -> str:
        return {
            "fits": self._("可以申请"),
            "fits_if": self._("还差几点"),
            "local_rules": self._("要看当地规定"),
            "ambiguous": self._("文件不清楚，先问派出所"),
            "not_governed": self._("归别处的规定管"),
            "none": self._("不符合"),
            "open": self._("还没有细问"),
        }[status]

    # ---- the answer sheet ----

    def sheet(self, session: Session) -> Sheet:
        policy = self.book.policy(session.facts.get("city"))
        if policy is None:
            return self.no_city_sheet(session.facts)
        facts, judged = session.facts, _known(policy, session.facts)
        unasked = [route for route in policy.routes_for(facts) if not route.known(facts)]
        matter = facts.get("matter")
        judged.sort(key=lambda one: (_rank(one.status), matter not in one.route.matters))
        return Sheet(
            title=self._("{city}：落户告知单").format(city=self._(policy.name)),
            opening=self.opening(policy, facts, judged),
            cards=tuple(self.card(policy, judgement, facts) for judgement in judged if judgement.status in POSSIBLE),
            refusals=tuple(self.refusal(judgement, facts) for judgement in judged if judgement.status == "none"),
            unasked=self.unasked(unasked),
            topics=tuple(map(self.topic_card, policy.topics_for(facts))),
            closing=self.closing(policy, session.as_of),
        )

    def sheet_opening(self, session: Session) -> tuple[str, ...]:
        """The first lines of the sheet alone."""
        policy = self.book.policy(session.facts.get("city"))
        if policy is None:
            return self.no_city_sheet(session.facts).opening
        return self.opening(policy, session.facts, _known(policy, session.facts))

    def no_city_sheet(self, facts: Facts) -> Sheet:
        names = self._("、").join(self._(label) for city, label in self.book.facts["city"].options.items() if city != "other")
        if facts.get("city") == UNSURE:
            line = self._("先想好户口要落在哪个市，再来问：每个市的文件不一样。一般看家在哪里、在哪里上班上学。")
        else:
            line = self._("我这里只有这几个市的文件：{cities}。别的城市请问当地派出所，这里的规定不能照搬。").format(cities=names)
        return Sheet(self._("落户告知单"), (line,), (), (), "", (), ())

    def opening(self, policy: Policy, facts: Facts, judged: list[Judgement]) -> tuple[str, ...]:
        statuses = {judgement.status for judgement in judged}
        lines = []
        if silent := policy.silent.get(str(facts.get("matter", ""))):
            lines.append(self._(silent))
        if facts.get("mover_citizen") == "no":
            needs = (need for route in policy.routes.values() for need in route.needs.leaves())
            lines.append(self._(next(need.texts.governed for need in needs if need.fact == "mover_citizen")))
        if "fits" in statuses:
            lines.append(self._("按您说的情况，有可以申请的途径。"))
        elif statuses - {"none"} == {"not_governed"}:
            lines.append(self._("按您说的情况，这件事不由这份文件决定，要按别处的规定办。先问哪里，写在下面。"))
        elif statuses & set(POSSIBLE):
            lines.append(self._("按您说的情况，下面的途径有可能，但还有没定的地方，请看清楚再去。"))
        elif judged:
            lines.append(
                self._("按您说的情况，问过的途径在这份文件里都不符合。这不等于以后也不能落户：下面写了每条差在哪里、怎样就可以。")
            )
            lines.append(self._("也可以带着这张单子，直接问户口想落的地方的派出所。"))
        return tuple(lines)

    def card(self, policy: Policy, judgement: Judgement, facts: Facts) -> Card:
        route = judgement.route
        here = judgement.status != "not_governed"  # else another place decides, on papers and windows too
        return Card(
            route=route.id,
            title=self._(route.title),
            status=judgement.status,
            headline=self.headline(judgement),
            points=(
                *(line for finding in judgement.findings for line in self.points(policy, finding, facts)),
                *(self.still_to_ask(policy.facts[fact]) for fact in route.undecided(facts)),
            ),
            family=self.family(policy, route, judgement.family, facts) if here else (),
            placement=tuple(self._(placement.note) for placement in judgement.placements) if here else (),
            papers=tuple(map(self.paper_line, judgement.papers)) if here else (),
            papers_note=self.papers_note(judgement),
            where=self.where(route) if here else (),
            clause=self.citation(policy, route.clause),
            notes=tuple(map(self._, route.notes)) if here else (),
            general=tuple(map(self.outside, route.general)),
        )

    def headline(self, judgement: Judgement) -> str:
        match judgement.status, judgement.at_best:
            case "fits", _:
                return self._("可以申请。文件写明的条件，按您说的都符合；批不批由办理的机关决定。")
            case "fits_if", "fits":
                return self._("还不能直接申请。缺的要补齐，没弄清的要弄清，都符合了才可以申请。")
            case "fits_if", "local_rules":
                return self._("还有几点没弄清。就算都符合，也还要看当地定的标准，现在不能说可以。")
            case "fits_if", "ambiguous":
                return self._("还有几点没弄清。就算都补齐了，文件也有写得不清楚的地方，要先问派出所，现在不能说可以。")
            case "fits_if", _:
                return self._("还有几点没弄清。弄清以后，也可能要按别处的规定办。")
            case "local_rules", _:
                return self._("属于这一类人，但具体标准这份文件没有写，要问当地。")
            case "ambiguous", _:
                return self._("文件写得不够清楚，不能直接说行还是不行，请先问派出所。")
            case _:
                return self._("这件事不由这份文件决定，要按别处的规定办。")

    def points(self, policy: Policy, finding: Finding, facts: Facts) -> Iterable[str]:
        for texts in _texts(finding, facts):
            match finding.verdict:
                case verdict if verdict == FITS_IF and finding.unsure:
                    unsure = next(fact for fact in finding.facts if facts.get(fact) == UNSURE)
                    yield self._("还没弄清：{condition}。{how}").format(
                        condition=self._(texts.says), how=self._(policy.facts[unsure].unsure)
                    )
                case verdict if verdict == FITS_IF:
                    yield self._("还差：{condition}。{cure}").format(condition=self._(texts.says), cure=self._(texts.cure))
                case verdict if verdict == AMBIGUOUS:
                    yield self._("不清楚的地方：{unclear}").format(unclear=self._(texts.unclear))
                    yield self._("可以这样问派出所：“{question}”").format(question=self._(texts.question))
                case verdict if verdict == LOCAL_RULES:
                    yield self._(texts.detail)
                case verdict if verdict == NOT_GOVERNED:
                    yield self._(texts.governed)
                case verdict if verdict == OPEN:
                    yield self._("还不知道：{condition}。").format(condition=self._(texts.says))

    def refusal(self, judgement: Judgement, facts: Facts) -> Refusal:
        """Why a route does not fit, and what would change that. For another county nothing would but another route."""
        failed = [finding for finding in judgement.findings if finding.verdict == NONE]
        elsewhere = [finding for finding in failed if finding.facts == ("county",)]
        unmet = [texts for finding in elsewhere or failed for texts in _texts(finding, facts)]
        return Refusal(
            route=judgement.route.id,
            title=self._(judgement.route.title),
            clause=self._(judgement.route.clause),
            reasons=tuple(dict.fromkeys(self._(texts.says) for texts in unmet)),
            changes=tuple(dict.fromkeys(self._(texts.otherwise) for texts in unmet if texts.otherwise)),
            enough=bool(elsewhere) or len(judgement.findings) == 1,
        )

    def family(self, policy: Policy, route: Route, family: Mapping[str, tuple[str, ...]], facts: Facts) -> tuple[str, ...]:
        if route.family is None:
            moves = route.placements and not route.matters <= FOR_ONE
            return (self._("家人能不能一起迁：文件没有写，请问派出所。"),) if moves else ()
        if facts.get("movers") == UNSURE:
            return (self.family_rule(policy, route.family),)
        lines = []
        movers = policy.facts["movers"]
        unclear = tuple(mover for mover in family["ask"] if route.family.could_be_named(mover, facts))
        left_open = tuple(mover for mover in family["ask"] if mover not in unclear)
        if family["yes"]:
            lines.append(self._("可以一起迁：{people}。").format(people=self.said(movers, family["yes"])))
        if unclear:
            lines.append(self.unclear_family(route.family, unclear, facts).format(people=self.said(movers, unclear)))
        if left_open:
            lines.append(self._("文件没有写明，要先问派出所：{people}。").format(people=self.said(movers, left_open)))
        if family["no"] and facts.get("live_together") == "no":
            lines.append(
                self._("不在一起居住生活的家人，这一条不能带：{people}。").format(people=self.said(movers, family["no"]))
            )
        elif family["no"]:
            lines.append(
                self._("文件没有列出，这一条不能带：{people}。可以看看他们自己有没有途径。").format(
                    people=self.said(movers, family["no"])
                )
            )
        return tuple(lines)

    def unclear_family(self, family: Family, unclear: tuple[str, ...], facts: Facts) -> str:
        """What has to be known of people whom the clause may name."""
        of_age = "adult_child" in unclear and "adult_child" in family.named_if
        if facts.get("live_together", UNSURE) != UNSURE:
            return self._("先弄清成年的孩子结没结婚、有没有收入，才知道能不能一起迁：{people}。")
        if of_age:
            return self._("先弄清是不是一起居住生活（成年的孩子还要看结没结婚、有没有收入），才知道能不能一起迁：{people}。")
        return self._("先弄清是不是一起居住生活，才知道能不能一起迁：{people}。")

    def family_rule(self, policy: Policy, family: Family) -> str:
        named = tuple(mover for mover, answer in family.lists.items() if answer == "yes")
        people = self.said(policy.facts["movers"], policy.facts["movers"].in_order(named))
        return self._("文件点名可以一起迁的，是一起居住生活的：{people}。").format(people=people)

    def paper_line(self, paper: Paper) -> PaperLine:
        remark = {
            "named": self._("文件点名要的"),
            "condition": self._("文件规定的条件"),
            "implied": self._("文件未列明，派出所可能要求"),
        }[paper.basis]
        return PaperLine(paper.id, self._(self.book.papers[paper.id]), paper.basis, remark)

    def papers_note(self, judgement: Judgement) -> str:
        if judgement.status == "not_governed":
            return self._("材料按有权管这件事的地方的要求准备。")
        if all(paper.basis == "implied" for paper in judgement.papers):
            return self._("文件没有列出要带哪些材料。去之前先打电话问清楚。")
        return ""

    def where(self, route: Route) -> tuple[str, ...]:
        lines = [
            self._("{office}。").format(office=self._(route.office))
            if route.office
            else self._("文件没有写到哪个窗口办。户口的事一般由派出所受理（文件以外，仅供参考）。")
        ]
        if route.department:
            lines.append(self._("文件写明的负责部门：{department}。").format(department=self._(route.department)))
        return tuple(lines)

    def citation(self, policy: Policy, clause: str) -> str:
        return self._("依据：{document}{clause}").format(document=self.document(policy), clause=self._(clause))

    def document(self, policy: Policy) -> str:
        number, issued = policy.document.number, policy.document.issued
        source = self._("，").join(part for part in (number, self.day(issued) if issued else "") if part)
        return self.bracketed(self._(policy.document.title), source or self._("文本没有写文号和日期"))

    def bracketed(self, text: str, more: str) -> str:
        if more.startswith(("（", "(")) and more.endswith(("）", ")")):  # a clause that is a number in brackets
            return self._("{text}{more}").format(text=text, more=more)
        return self._("{text}（{more}）").format(text=text, more=more)

    def day(self, iso: str) -> str:
        day = date.fromisoformat(iso)
        return self._("{year}年{month}月{day}日").format(year=day.year, month=day.month, day=day.day)

    def unasked(self, routes: list[Route]) -> str:
        if not routes:
            return ""
        return self._("还没有细问的途径：{routes}。想看，就选“看看别的途径”。").format(
            routes=self._("；").join(self._(route.title) for route in routes)
        )

    def unasked_on_paper(self, session: Session) -> str:
        """The same for those who read it on paper, where nothing can be pressed."""
        policy = self.book.policy(session.facts.get("city"))
        routes = [route for route in policy.routes.values() if not route.settled(session.facts)] if policy else []
        if not routes:
            return ""
        return self._("还没有细问的途径：{routes}。想看，可以再来自助机上问，或者问派出所。").format(
            routes=self._("、").join(self._(route.title) for route in routes)
        )

    def topic_card(self, topic: Topic) -> TopicCard:
        return TopicCard(
            topic.id,
            self._(topic.title),
            self._(topic.says),
            tuple(map(self.paper_line, topic.papers)),
            self._("依据：{clause}").format(clause=self._(topic.clause)),
            self._("文件写明的负责部门：{department}。").format(department=self._(topic.department)) if topic.department else "",
            tuple(map(self.outside, topic.general)),
        )

    def closing(self, policy: Policy, as_of: str) -> tuple[str, ...]:
        lines = [self._("这张单子只是把您说的情况和文件对照，不是审批结果。批不批由办理的机关决定。")]
        lines.append(self._("对照的文件：{document}").format(document=self.document(policy)))
        lines += [self.outside(line) for line in policy.general]
        lines.append(self._("政策数据版本：{version}").format(version=policy.version))
        if as_of:
            lines.append(self._("查询日期：{day}").format(day=self.day(as_of)))
        return tuple(lines)

    def hall_heading(self, where: str, hall: str, session: Session) -> str:
        """Over what is told of the kiosk's hall: `where` it is read, the hall's city or "", and whose answers it stands below."""
        heading = {
            "here": self._("您现在所在的大厅"),
            "paper": self._("打印这张单子的大厅"),
            "phone": self._("自助机所在的大厅"),
        }[where]
        policy = self.book.policy(session.facts.get("city"))
        if policy is None or hall in ("", session.facts["city"]):
            return heading
        return self.bracketed(heading, self._("不办{city}的户口").format(city=self._(policy.name)))

    def said_heading(self) -> str:
        return self._("您说的情况")

    def refusals_heading(self) -> str:
        return self._("为什么别的途径不合适")

    def placement_heading(self) -> str:
        return self._("户口落在哪里")

    def family_heading(self) -> str:
        return self._("谁可以一起迁")

    def papers_heading(self) -> str:
        return self._("要带的材料")

    def implied_heading(self) -> str:
        return self._("文件未列明，派出所可能要求：")

    def where_heading(self) -> str:
        return self._("到哪里办")

    def notes_heading(self) -> str:
        return self._("请注意")

    def not_met(self, refusal: Refusal) -> str:
        reasons = self._("；").join(refusal.reasons)
        if refusal.enough:
            return self._("这一条要求：{reasons}。您说的情况不符合。").format(reasons=reasons)
        return self._("这一条要求：{reasons}。您说的情况不符合。只改一点还不够，这一条的条件要都符合才行。").format(
            reasons=reasons
        )

    def would_change(self, change: str) -> str:
        return self._("可以怎么办：{change}").format(change=change)

    def still_to_ask(self, fact: Fact) -> str:
        return self._("还有一题没有问到，可能改变结果：{question}").format(question=self._(fact.ask))

    def commands_line(self, commands: tuple[Choice, ...]) -> str:
        words = self._("、").join(choice.label for choice in commands)
        return self._("（也可以输入：{words}）").format(words=words)

    def outside(self, line: str) -> str:
        return self._("（文件以外，仅供参考）{line}").format(line=self._(line))


def _rank(status: str) -> int:
    """Where a route stands on a sheet: the most hopeful first."""
    return POSSIBLE.index(status) if status in POSSIBLE else len(POSSIBLE)


def _known(policy: Policy, facts: Facts) -> list[Judgement]:
    """The routes that a sheet speaks of, judged."""
    return [policy.judge(route, facts) for route in policy.routes_for(facts) if route.known(facts)]


def _texts(finding: Finding, facts: Facts) -> Iterable[Texts]:
    """The texts that speak for a finding: a group speaks for itself, unless its parts have more to say."""
    if isinstance(finding.rule, Need) or finding.verdict in (NONE, OPEN, FITS_IF):
        yield finding.rule.texts
        return
    for need in finding.rule.leaves():
        if need.verdict(facts) == finding.verdict:
            yield need.texts
