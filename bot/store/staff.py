"""Tables `staff` and `login`: the hotline's accounts, and who is in."""

from dataclasses import dataclass

from bot.store.base import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """What a supervisor sees of an account. `fresh`: its password is a one-time one; `totp`: it needs a phone's codes, too;
    `since`: when the password was set."""

    name: str
    role: str
    disabled: bool
    fresh: bool
    totp: bool
    since: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is looked at by. `seed`: what the phone's codes are made from, "" if it needs none."""

    seed: str
    fresh: bool
    since: int


@dataclass(frozen=True, slots=True)
class Login:
    """Who is in. `last_seen`: when that was last written down."""

    name: str
    role: str
    fresh: bool
    last_seen: int


# ---- accounts ----


async def insert(db: Connection, name: str, role: str, secret: str, moment: int, fresh: bool) -> bool:
    """Whether the name was free."""
    return bool(
        await db.run(
            "INSERT INTO staff (name, role, secret, totp, disabled, since, fresh) VALUES (?, ?, ?, '', 0, ?, ?) "
            "ON CONFLICT DO NOTHING",
            *(name, role, secret, moment, int(fresh)),
        )
    )


async def every(db: Connection) -> list[Account]:
    rows = await db.rows("SELECT name, role, disabled, fresh, totp, since FROM staff ORDER BY name")
    return [Account(name, role, bool(off), bool(fresh), bool(totp), since) for name, role, off, fresh, totp, since in rows]


async def hold_supervisors(db: Connection) -> list[str]:
    """The names of those that are not disabled; they are not disabled elsewhere before this transaction is over.

    Written, not only read: of two who disable each other, the second one waits and sees what the first one did.
    """
    rows = await db.rows("UPDATE staff SET disabled = 0 WHERE role = 'supervisor' AND disabled = 0 RETURNING name")
    return [name for (name,) in rows]


async def disable(db: Connection, name: str) -> bool:
    """Whether there is such an account."""
    return bool(await db.run("UPDATE staff SET disabled = 1 WHERE name = ?", name))


async def set_secret(db: Connection, name: str, secret: str, moment: int) -> bool:
    """The hash of a password that its owner chose; a disabled account works again. Whether there is such an account."""
    sql = "UPDATE staff SET secret = ?, since = ?, disabled = 0, fresh = 0 WHERE name = ?"
    return bool(await db.run(sql, secret, moment, name))


async def set_one_time_secret(db: Connection, name: str, secret: str, moment: int) -> bool:
    """The same of a one-time password; the phone's codes are off."""
    sql = "UPDATE staff SET secret = ?, since = ?, disabled = 0, fresh = 1, totp = '', counter = 0 WHERE name = ?"
    return bool(await db.run(sql, secret, moment, name))


async def secret_of(db: Connection, name: str) -> str | None:
    rows = await db.rows("SELECT secret FROM staff WHERE name = ?", name)
    return str(rows[0][0]) if rows else None


async def credentials(db: Connection, name: str, secret: str) -> Credentials | None:
    """None if the account is disabled, or has another secret by now."""
    rows = await db.rows("SELECT totp, fresh, since FROM staff WHERE name = ? AND secret = ? AND disabled = 0", name, secret)
    if not rows:
        return None
    seed, fresh, since = rows[0]
    return Credentials(seed, bool(fresh), since)


async def begin_totp(db: Connection, name: str, seed: str) -> bool:
    """Whether it needed no codes before."""
    return bool(await db.run("UPDATE staff SET totp = ? WHERE name = ? AND totp = ''", seed, name))


async def end_totp(db: Connection, name: str) -> None:
    await db.run("UPDATE staff SET totp = '', counter = 0 WHERE name = ?", name)


async def use_counter(db: Connection, name: str, counter: int) -> bool:
    """Whether neither this code of the phone nor a later one was used before."""
    return bool(await db.run("UPDATE staff SET counter = ? WHERE name = ? AND counter < ?", counter, name, counter))


# ---- logins ----


async def insert_login(db: Connection, hash_: bytes, name: str, moment: int) -> bool:
    sql = "INSERT INTO login (hash, staff, began, touched) VALUES (?, ?, ?, ?)"
    return bool(await db.run(sql, hash_, name, moment, moment))


async def find_login(db: Connection, hash_: bytes, began_after: int, seen_after: int) -> Login | None:
    """None if it began or was last seen earlier, or the account is disabled."""
    rows = await db.rows(
        "SELECT staff.name, role, fresh, touched FROM login JOIN staff ON staff.name = login.staff "
        "WHERE hash = ? AND began > ? AND touched > ? AND disabled = 0",
        *(hash_, began_after, seen_after),
    )
    if not rows:
        return None
    name, role, fresh, last_seen = rows[0]
    return Login(name, role, bool(fresh), last_seen)


async def touch_login(db: Connection, hash_: bytes, moment: int) -> None:
    await db.run("UPDATE login SET touched = ? WHERE hash = ?", moment, hash_)


async def end_login(db: Connection, hash_: bytes) -> None:
    await db.run("DELETE FROM login WHERE hash = ?", hash_)


async def end_logins(db: Connection, name: str) -> None:
    await db.run("DELETE FROM login WHERE staff = ?", name)


async def delete_old_logins(db: Connection, began: int, last_seen: int) -> None:
    """Those that began or were last seen then, or earlier."""
    await db.run("DELETE FROM login WHERE began <= ? OR touched <= ?", began, last_seen)
