"""Staff: who works at the hotline's desk, how they prove it, and for how long that holds."""

import asyncio
import base64
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from hmac import compare_digest
from typing import TYPE_CHECKING, TypeVar

from bot.clock import by_the_wall, now
from bot.store import staff as accounts
from bot.store.attempts import Bucket, TooMany, admitted, give_back
from bot.store.base import Connection, retried
from bot.store.staff import Account
from bot.talk.codes import FULL_WIDTH
from bot.talk.handoff import Handoff
from bot.talk.retention import LOGIN_IDLE, LOGINS, ONE_TIME_PASSWORDS
from bot.talk.runtime import Runtime
from bot.talk.turns import Turns

if TYPE_CHECKING:  # with the first who comes in
    from argon2 import PasswordHasher
    from pyotp import TOTP

ROLES = {"agent": "坐席", "supervisor": "主管"}
FIRST = "admin"  # who there is when there is nobody yet

# A new name. Of one alphabet only: анна and anna look the same in a list. Names of before go on working.
NAME = re.compile(r"(?=.{2,32}\Z)[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*")
SELDOM = 30  # seconds between two notes that a login is in use

WINDOW = 15 * 60  # seconds over which wrong tries are counted
TRIES_HERE = 5  # of one account from one address: fewer than TRIES, so that one address keeps nobody else out
TRIES = 10  # of one account, from wherever it was never used
TRIES_KNOWN = 10  # of one account, where it was used before: strangers do not use these up
TRIES_ADDRESS = 50  # of one address, whatever the account

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
# What guessers try first: a password has to have something besides.
ORDINARY = re.compile(
    r"(.)\1{2,}|password|passw0rd|p@ssw0rd|admin|root|user|test|guest|welcome|letmein|login|iloveyou|woaini|5201314|1314|520|"
    r"luohu|hukou|hotline|qwertyuiop|qwerty|qwer|asdfghjkl|asdf|zxcvbnm|zxcv|1qaz|2wsx|3edc|abcdefgh|abcd|abc|"
    r"0?123456789?0?|12345|1234|123|987654321|654321|4321|321|88|66|(?:19|20)\d\d"
)
LEFT_OVER = 6  # so many characters besides
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # of one-time passwords: none is taken for another


T = TypeVar("T")
SetSecret = Callable[[Connection, str, str, int], Awaitable[bool]]


class Refused(Exception):
    """What was asked for cannot be; its text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who is at the desk. `fresh`: came in by a one-time password, and has to choose one first."""

    name: str
    role: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: from which address, and with what the browser kept of an earlier login."""

    address: str
    known: str = ""


class Staff:
    """Accounts and logins. Long, as everything that a password, a code or a login can open stands in one place for an auditor."""

    def __init__(self, runtime: Runtime, hasher: "PasswordHasher | None" = None) -> None:
        self.runtime = runtime
        if hasher is not None:
            self._hasher = hasher
        self._room = asyncio.Semaphore(2)  # hashing needs a processor and 19 MiB each time

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        return _hash_of_nothing(self._hasher)

    # ---- accounts ----

    async def first(self) -> str | None:
        """Where there is no account at all: makes the first supervisor; the one-time password."""
        if await self.list():
            return None
        password = one_time()
        return password if await self._insert(FIRST, "supervisor", password, fresh=True) else None

    async def add(self, name: str, role: str, password: str) -> None:
        """A new account with a password of its own. Raises Refused."""
        await self._add(name, role, _acceptable(password, name), fresh=False)

    async def invite(self, name: str, role: str) -> str:
        """A new account; its one-time password. Raises Refused."""
        password = one_time()
        await self._add(name, role, password, fresh=True)
        return password

    async def _add(self, name: str, role: str, password: str, fresh: bool) -> None:
        if role not in ROLES:
            raise Refused(f"没有“{role}”这个角色")
        if not await self._insert(_new_name(name), role, password, fresh):
            raise Refused("这个名字已经有了")

    async def _insert(self, name: str, role: str, password: str, fresh: bool) -> bool:
        secret = await self._hashed(password)
        return await self._in_one(lambda db: accounts.insert(db, name, role, secret, now(), fresh))

    @retried
    async def list(self) -> list[Account]:
        async with self.runtime.store.transaction() as db:
            return await accounts.every(db)

    @retried
    async def disable(self, name: str) -> None:
        """Nobody comes in by this account any more, who is in is out, and its calls end at once. Raises Refused."""
        name = plain_name(name)
        async with self.runtime.store.transaction() as db:
            if await accounts.hold_supervisors(db) == [name]:
                raise Refused("这是最后一位主管，不能停用")
            if not await accounts.disable(db, name):
                raise Refused("没有这个账户")
            await accounts.end_logins(db, name)
        await Handoff(Turns(self.runtime)).end_all(name)

    async def set_password(self, name: str, password: str) -> None:
        """A password that its owner chose; a disabled account works again, and who is in is out. Raises Refused."""
        name = plain_name(name)
        await self._replace_secret(name, _acceptable(password, name), accounts.set_secret)

    async def reset(self, name: str) -> str:
        """A one-time password for somebody who has lost the password or the phone; who is in is out. Raises Refused."""
        password = one_time()
        await self._replace_secret(plain_name(name), password, accounts.set_one_time_secret)
        return password

    async def _replace_secret(self, name: str, password: str, set_secret: SetSecret) -> None:
        secret = await self._hashed(password)

        async def replaced(db: Connection) -> bool:
            found = await set_secret(db, name, secret, now())
            await accounts.end_logins(db, name)
            return found

        if not await self._in_one(replaced):
            raise Refused("没有这个账户")

    # ---- coming in ----

    async def login(self, name: str, password: str, code: str, visitor: Visitor) -> str | None:
        """The token of a new login; None if anything is wrong. Raises TooMany, before it looks at the password."""
        name = plain_name(name)
        secret = await self._checked(name, password, visitor)
        if secret is None:
            return None
        token = secrets.token_urlsafe(32)
        if not await self._in_one(lambda db: self._enter(db, name, secret, code, token)):
            return None
        await self._was_right(name, visitor, secret)
        return token

    async def renewed(self, member: Member) -> str:
        """The token of a new login for somebody who is in, and has just shown it again."""
        token = secrets.token_urlsafe(32)
        await self._in_one(lambda db: self._write_login(db, member.name, token, now()))
        return token

    async def check(self, member: Member, password: str, visitor: Visitor) -> bool:
        """Whether somebody who is in knows the password, too. Raises TooMany."""
        secret = await self._checked(member.name, password, visitor)
        if secret is not None:
            await self._was_right(member.name, visitor, secret)
        return secret is not None

    async def _checked(self, name: str, password: str, visitor: Visitor) -> str | None:
        """The secret that the password was right for. The work is the same whether there is such an account or not."""
        account = await self._secret_of(name)
        secret = account or self._nobody
        if not await self._in_one(lambda db: admitted(db, self._buckets(name, visitor, secret))):
            raise TooMany
        right = await self._verified(secret, password)
        return secret if right and account else None

    @retried
    async def _secret_of(self, name: str) -> str | None:
        async with self.runtime.store.transaction() as db:
            return await accounts.secret_of(db, name)

    def _buckets(self, name: str, visitor: Visitor, secret: str) -> tuple[Bucket, ...]:
        """What a try is taken from: of strangers by address and by account; where the account was used before, its own."""
        if compare_digest(visitor.known.encode(), self._known(name, secret).encode()):
            return ((self._bucket("known", name), TRIES_KNOWN, WINDOW),)
        return (
            (self._bucket("address", visitor.address), TRIES_ADDRESS, WINDOW),  # first: its flood writes no further rows
            (self._bucket("here", f"{visitor.address} {name}"), TRIES_HERE, WINDOW),
            (self._bucket("account", name), TRIES, WINDOW),
        )

    def _bucket(self, kind: str, whose: str) -> str:
        return f"login:{kind}:{self.runtime.keyed_hash('try', whose).hex()}"

    async def _was_right(self, name: str, visitor: Visitor, secret: str) -> None:
        await self._in_one(lambda db: give_back(db, self._buckets(name, visitor, secret)))

    async def _enter(self, db: Connection, name: str, secret: str, code: str, token: str) -> bool:
        """Writes the login down, if the account is still as it was when the password was looked at."""
        moment = now()
        account = await accounts.credentials(db, name, secret)
        if account is None or (account.fresh and account.since < moment - ONE_TIME_PASSWORDS):
            return False
        if account.seed and not await self._use_code(db, name, account.seed, code, moment):
            return False
        return await self._write_login(db, name, token, moment)

    async def _write_login(self, db: Connection, name: str, token: str, moment: int) -> bool:
        await accounts.delete_old_logins(db, moment - LOGINS, moment - LOGIN_IDLE)
        return await accounts.insert_login(db, self.runtime.keyed_hash("login", token), name, moment)

    @retried
    async def member_of(self, token: str) -> Member | None:
        """Who is behind a login that still holds; None if it is over, or was never given."""
        moment = now()
        hash_ = self.runtime.keyed_hash("login", token)
        async with self.runtime.store.transaction() as db:
            login = await accounts.find_login(db, hash_, moment - LOGINS, moment - LOGIN_IDLE)
            if login is None:
                return None
            if login.last_seen < moment - SELDOM:
                await accounts.touch_login(db, hash_, moment)
        return Member(login.name, login.role, login.fresh)

    async def logout(self, token: str) -> None:
        await self._in_one(lambda db: accounts.end_login(db, self.runtime.keyed_hash("login", token)))

    def csrf(self, token: str) -> str:
        """What a form of this login carries, and no other site can know."""
        return self.runtime.keyed_hash("csrf", token).hex()

    async def known(self, name: str) -> str:
        """What a browser keeps after a login: it is no stranger to this account, until the password changes."""
        name = plain_name(name)
        return self._known(name, await self._secret_of(name) or self._nobody)

    def _known(self, name: str, secret: str) -> str:
        return self.runtime.keyed_hash("known", f"{name} {secret}").hex()

    # ---- one-time codes of a phone ----

    def new_seed(self, token: str) -> str:
        """What a code generator that is being set up in this login starts from."""
        return self.runtime.keyed_hash("seed", token).hex()

    def totp(self, name: str, seed: str) -> "TOTP":
        """Who has only the database cannot make its codes: their secret is keyed, and kept nowhere."""
        from pyotp import TOTP

        key = base64.b32encode(self.runtime.keyed_hash("totp", f"{name} {seed}")).decode().rstrip("=")
        return TOTP(key, name=name, issuer="落户热线")

    async def has_totp(self, name: str) -> bool:
        return any(account.totp for account in await self.list() if account.name == name)

    async def begin_totp(self, name: str, seed: str, code: str) -> bool:
        """From now on the account needs a code, if the phone shows the right one."""

        async def begun(db: Connection) -> bool:
            used = await self._use_code(db, name, seed, code, now())
            return used and await accounts.begin_totp(db, name, seed)

        return await self._in_one(begun)

    async def end_totp(self, name: str) -> None:
        await self._in_one(lambda db: accounts.end_totp(db, name))

    async def _use_code(self, db: Connection, name: str, seed: str, code: str, moment: int) -> bool:
        """Whether it is a code of now, or of a step before or after; each works once."""
        said = re.sub(r"\s", "", code[:20]).translate(FULL_WIDTH)
        totp = self.totp(name, seed)
        step = int(by_the_wall(moment)) // totp.interval
        for counter in range(step - 1, step + 2):
            if compare_digest(totp.generate_otp(counter).encode(), said.encode()):
                return await accounts.use_counter(db, name, counter)
        return False

    # ---- passwords and the database ----

    async def _hashed(self, password: str) -> str:
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def _verified(self, secret: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerifyMismatchError

        async with self._room:
            try:
                return await asyncio.to_thread(self._hasher.verify, secret, _normal(password))
            except (VerifyMismatchError, InvalidHashError):
                return False

    @retried
    async def _in_one(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Something as a transaction of its own."""
        async with self.runtime.store.transaction() as db:
            return await work(db)


def one_time() -> str:
    """A password to read out and type once: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def plain_name(name: str) -> str:
    """A name as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", name[:100]).strip().casefold()


def _new_name(name: str) -> str:
    name = plain_name(name)
    if not NAME.fullmatch(name):
        raise Refused("名字要 2 到 32 个字符，只能用英文字母、数字、点、下划线和连字符，第一个要是字母")
    return name


def _normal(password: str) -> str:
    """The same password from any keyboard; what is longer than any is cut, and so matches none."""
    return unicodedata.normalize("NFKC", password[: LONGEST_PASSWORD + 1].encode(errors="replace").decode())


def _acceptable(password: str, name: str) -> str:
    """The password, or Refused."""
    if not SHORTEST_PASSWORD <= len(_normal(password)) <= LONGEST_PASSWORD:
        raise Refused(f"密码要 {SHORTEST_PASSWORD} 到 {LONGEST_PASSWORD} 个字符")
    besides = ORDINARY.sub("", _normal(password).casefold().replace(plain_name(name), ""))
    if len(besides) < LEFT_OVER or len(set(besides)) < LEFT_OVER - 1:
        raise Refused("这个密码太常见，别人容易猜到；可以用几个不相干的词连起来")
    return password


def _hash_of_nothing(hasher: "PasswordHasher") -> str:
    """What looks like a password's hash and is none's: to work as hard for a name that there is not."""
    salt, hash_ = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${hash_}"
