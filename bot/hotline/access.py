"""The door of the hotline's desk: nobody comes in without a login, and no page is without a door."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot import log
from bot.clock import today
from bot.hotline.sent_once import SentOnce
from bot.hotline.staff import ROLES, SHORTEST_PASSWORD, Member, Refused, Staff, Visitor, plain_name
from bot.store.attempts import TooMany
from bot.store.base import StoreDown
from bot.talk.short_memory import ShortMemory
from bot.web.assets import Static
from bot.web.cookies import drop, keep
from bot.web.forms import Form, form
from bot.web.pages import address_of, page
from bot.web.qr import inline
from bot.web.unread import new_key

COOKIE = "__Host-desk"
KNOWN = "__Host-desk-known"  # by which a browser shows that it was let in before
KNOWN_FOR = 30 * 86400  # seconds
HOME, LOGIN, PASSWORD, TOTP, ACCOUNTS = "/desk", "/desk/login", "/desk/password", "/desk/totp", "/desk/staff"
READING = ("GET", "HEAD")
BOTH = ("GET", "POST")
CASE = re.compile(r"/desk/case/[0-9a-f]{16}", re.ASCII)  # where a login may lead back to
SHOWN_WITHIN = 60  # seconds in which a one-time password is shown, once

ERRORS = {
    400: "这个请求看不懂。",
    403: "这一步不能做：没有权限，或者页面已经过期。请回到工作台再试。",
    404: "没有这个页面。",
    405: "这个地址不能这样打开。",
    413: "提交的内容太大了。",
    415: "这个请求看不懂。",
    429: "试的次数太多了，请过一刻钟再试。",
    500: "程序出了问题，已经记下来了。请回到工作台再试。",
    503: "数据库暂时用不了，请过一会儿再试。已经保存的回答都在。",
}

CASE_GONE = "这个来电不在您手里了：来电人把自己的问答删掉了，或者来电已经结束、由同事接着办。不用再做什么。"

Endpoint = Callable[[Request, Member], Awaitable[Response]]


class Unguarded(Exception):
    """A page that anybody could open: the desk does not start with one."""


@dataclass(frozen=True, slots=True)
class Given:
    """A one-time password on its way to the page that shows it."""

    name: str
    password: str


class Access:
    """Makes routes that ask who is there, and what they may."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff
        self._guarded: list[BaseRoute] = []
        self._sent = SentOnce(staff.runtime)

    def app(self, routes: Sequence[BaseRoute]) -> Starlette:
        """The desk: the pages for coming in, going out and accounts, and these, which must all be of its making."""
        all_routes = [*Login(self).routes(), *Accounts(self).routes(), *routes]
        for route in all_routes:
            if not any(route is one for one in self._guarded):
                raise Unguarded(getattr(route, "path", route))
        desk = Starlette(
            routes=[*all_routes, Mount("/static", Static())],
            exception_handlers={HTTPException: _refused, StoreDown: _store_down, Exception: _failed},
        )
        desk.router.redirect_slashes = False  # that would repeat what was asked for, in an address
        return desk

    def route(
        self,
        path: str,
        endpoint: Endpoint,
        roles: Collection[str] = tuple(ROLES),
        methods: Collection[str] = ("GET",),
        once: bool = False,
    ) -> Route:
        """A page for some roles. In it `request.state.form` is the posted form, already checked.

        `once`: where a form is sent twice, what it does is done once, and the second has the answer of the first.
        """
        if not roles or not set(roles) <= set(ROLES):
            raise Unguarded(path)

        async def guarded(request: Request) -> Response:
            member = await self.member(request)
            if member is None:
                case = CASE.match(request.url.path)
                return _to(f"{LOGIN}?next={case[0]}" if case else LOGIN)
            if member.role not in roles:
                raise HTTPException(403)
            if request.method not in READING:
                request.state.form = await form(request)
                if not compare_digest(request.state.form.one("csrf").encode(), request.state.csrf.encode()):
                    raise HTTPException(403)
            if member.fresh and path not in (PASSWORD, "/desk/logout"):
                return _to(PASSWORD)
            return await (self._once(request, member, endpoint) if once else endpoint(request, member))

        return self._kept(Route(path, guarded, methods=list(methods)))

    async def _once(self, request: Request, member: Member, endpoint: Endpoint) -> Response:
        if request.method in READING:
            return await endpoint(request, member)
        form_sent = repr((request.url.path, request.state.csrf, request.state.form.fields))
        return await self._sent.answer(form_sent, lambda: endpoint(request, member))

    def open_route(self, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        """The one page for who is not in yet."""
        return self._kept(Route(path, endpoint, methods=list(BOTH)))

    def _kept(self, route: Route) -> Route:
        self._guarded.append(route)
        return route

    async def member(self, request: Request) -> Member | None:
        """Who asks; `desk_page` finds the name and the token of the forms in `request.state`."""
        token = request.cookies.get(COOKIE, "")
        member = await self.staff.member_of(token) if token else None
        request.state.member, request.state.csrf = member, self.staff.csrf(token)
        return member


class Login:
    """Coming in and going out, and by what: a password of one's own, codes of one's phone."""

    def __init__(self, access: Access) -> None:
        self.staff = access.staff
        self._access = access

    def routes(self) -> list[Route]:
        route = self._access.route
        return [
            self._access.open_route(LOGIN, self.login),
            route("/", self.to_desk),
            route("/desk/logout", self.logout, methods=("POST",)),
            route(PASSWORD, self.password, methods=BOTH),
            route(TOTP, self.totp, methods=BOTH, once=True),
        ]

    async def login(self, request: Request) -> Response:
        if request.method in READING:
            back = request.query_params.get("next", "")
            return _to(_back_to(back)) if await self._access.member(request) else self._login_page(back)
        sent = await form(request)
        name, back = sent.one("name"), sent.one("next")
        try:
            token = await self.staff.login(name, sent.one("password"), sent.one("code"), visitor(request))
        except TooMany:
            log.event("login", outcome="too_many")
            return self._login_page(back, 429, ERRORS[429], name)
        if token is None:
            log.event("login", outcome="wrong")
            return self._login_page(back, 403, "名字、密码或动态口令不对。", name)
        log.event("login", outcome="ok")
        await self.staff.logout(request.cookies.get(COOKIE, ""))
        return await self._let_in(name, token, _to(_back_to(back)))

    def _login_page(self, back: str, status: int = 200, problem: str = "", who: str = "") -> Response:
        """`back`: the case that was being worked on when the login ended."""
        back = back if CASE.fullmatch(back) else ""
        return page("desk_login.html", "zh", status=status, problem=problem, who=who, back=back)

    async def _let_in(self, name: str, token: str, response: Response) -> Response:
        keep(response, COOKIE, token)
        keep(response, KNOWN, await self.staff.known(name), KNOWN_FOR)
        return response

    async def to_desk(self, _request: Request, _: Member) -> Response:
        return _to(HOME)

    async def logout(self, request: Request, _: Member) -> Response:
        await self.staff.logout(request.cookies.get(COOKIE, ""))
        response = _to(LOGIN)
        response.headers["Clear-Site-Data"] = '"cache"'  # no-store alone leaves pages that Back shows again
        drop(response, COOKIE)
        return response

    async def password(self, request: Request, member: Member) -> Response:
        """Chooses a password of one's own: all other logins are over, and this one goes on under a new token."""
        if request.method in READING:
            return self._password_page(request)
        sent: Form = request.state.form
        if sent.one("new") != sent.one("again"):
            return self._password_page(request, "两次输入的新密码不一样。")
        if sent.one("new") == sent.one("password"):
            return self._password_page(request, "新密码和现在的密码一样，请换一个。")
        if (problem := await self._not_confirmed(request, member)) is not None:
            return self._password_page(request, problem)
        try:
            await self.staff.set_password(member.name, sent.one("new"))
        except Refused as refused:
            return self._password_page(request, f"{refused}。")
        return await self._let_in(member.name, await self.staff.renewed(member), _to(HOME))

    def _password_page(self, request: Request, problem: str = "") -> Response:
        return desk_page(
            request, "desk_password.html", status=422 if problem else 200, problem=problem, shortest=SHORTEST_PASSWORD
        )

    async def totp(self, request: Request, member: Member) -> Response:
        """Turns the phone's codes on or off."""
        is_on = await self.staff.has_totp(member.name)
        if request.method in READING:
            return self._totp_page(request, member, is_on)
        if (problem := await self._not_confirmed(request, member)) is not None:
            return self._totp_page(request, member, is_on, problem)
        if is_on:
            await self.staff.end_totp(member.name)
            return _to(TOTP)
        if not await self.staff.begin_totp(member.name, self._seed(request), request.state.form.one("code")):
            return self._totp_page(request, member, is_on, "动态口令不对，请看手机上现在的六位数字。")
        return _to(TOTP)

    def _totp_page(self, request: Request, member: Member, is_on: bool, problem: str = "") -> Response:
        if is_on:
            return desk_page(request, "desk_totp_on.html", status=422 if problem else 200, problem=problem)
        totp = self.staff.totp(member.name, self._seed(request))
        return desk_page(
            request,
            "desk_totp.html",
            status=422 if problem else 200,
            problem=problem,
            picture=inline(totp.provisioning_uri()),
            secret=" ".join(totp.secret[at : at + 4] for at in range(0, len(totp.secret), 4)),
        )

    def _seed(self, request: Request) -> str:
        return self.staff.new_seed(request.cookies[COOKIE])

    async def _not_confirmed(self, request: Request, member: Member) -> str | None:
        """What is wrong with the password that has to stand beside a change of how one comes in."""
        try:
            right = await self.staff.check(member, request.state.form.one("password"), visitor(request))
        except TooMany:
            return ERRORS[429]
        return None if right else "现在的密码不对。"


class Accounts:
    """Who has an account, for supervisors."""

    def __init__(self, access: Access) -> None:
        self.staff = access.staff
        self._access = access
        self._given = ShortMemory[Given](access.staff.runtime, "given", Given, SHOWN_WITHIN)  # by the login that asked for it

    def routes(self) -> list[Route]:
        return [self._access.route(ACCOUNTS, self.accounts, roles=("supervisor",), methods=BOTH, once=True)]

    async def accounts(self, request: Request, member: Member) -> Response:
        """Who has an account, and what changes one. A one-time password is shown on the next page, and never again."""
        if request.method in READING:
            return await self._accounts_page(request, given=await self._given.take(request.state.csrf))
        sent: Form = request.state.form
        name, do = sent.one("name"), sent.one("do")
        try:
            if do != "add" and plain_name(name) == member.name:
                raise Refused("这是您自己的账户：改密码请到“改密码”，停用请找另一位主管")
            match do:
                case "add":
                    await self._give(request, name, await self.staff.invite(name, sent.one("role")))
                case "reset":
                    await self._give(request, name, await self.staff.reset(name))
                case "disable":
                    await self.staff.disable(name)
                case _:
                    raise HTTPException(400)
        except Refused as refused:
            return await self._accounts_page(request, problem=f"{refused}。")
        return _to(ACCOUNTS)  # a page that is loaded again does nothing again

    async def _give(self, request: Request, name: str, password: str) -> None:
        """Keeps what the next page of this login shows; it stands in no address and in no cookie."""
        await self._given.keep(request.state.csrf, Given(name, password))

    async def _accounts_page(self, request: Request, problem: str = "", given: Given | None = None) -> Response:
        return desk_page(
            request,
            "desk_staff.html",
            status=422 if problem else 200,
            accounts=await self.staff.list(),
            roles=ROLES,
            problem=problem,
            given=given,
        )


def desk_page(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the desk: who is there, the token of its forms ({{ csrf }}), their key, and the day that it is printed on."""
    member: Member = request.state.member
    return page(
        name,
        "zh",
        status=status,
        member=member,
        role=ROLES[member.role],
        csrf=request.state.csrf,
        key=new_key(),
        here=request.url.path,
        guard=getattr(request.app.state, "touch_guard", 0),
        today=today(),
        **values,
    )


def visitor(request: Request) -> Visitor:
    return Visitor(address_of(request), request.cookies.get(KNOWN, ""))


def _back_to(case: str) -> str:
    """A case that somebody came from, or the desk; nothing else is an address to be led to."""
    return case if CASE.fullmatch(case) else HOME


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as registered
    of_a_call = error.status_code == 404 and CASE.match(request.url.path)
    response = _error_page(error.status_code, CASE_GONE if of_a_call else "")
    response.headers.update(error.headers or {})
    return response


async def _store_down(_: Request, error: Exception) -> Response:
    log.fault("desk_store", error)
    return _error_page(503)


async def _failed(_: Request, error: Exception) -> Response:
    log.fault("desk_failed", error)
    return _error_page(500)


def _error_page(status: int, says: str = "") -> Response:
    return page("desk_error.html", "zh", status=status, says=says or ERRORS.get(status, ERRORS[400]))
