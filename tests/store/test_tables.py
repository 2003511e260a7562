"""What each table's functions promise, on both databases, and that the purge keeps to the table of ages."""

from typing import Any

import pytest

from bot.store import attempts, beside, cases, counters, handover_codes, inbox, leases, outbox, receipts, staff, visits, words
from bot.store.base import Conflict, Connection, Store, StoreDown, retried
from bot.store.cases import Case
from bot.store.counters import Count
from bot.store.handover_codes import CodeRow
from bot.store.outbox import OutboxRow
from bot.store.staff import Account, Credentials, Login
from bot.store.visits import VisitRow
from bot.talk import retention

NOW = 1_800_000_000
ANNA, BERT = b"anna", b"bert"


@pytest.mark.asyncio
async def test_a_visit_changes_only_from_the_version_that_was_read(store: Store) -> None:
    async with store.transaction() as db:
        first, second = VisitRow(1, b"one", NOW, 0), VisitRow(2, b"two", NOW + 5, 150)
        assert await visits.find(db, ANNA) is None
        await visits.insert(db, ANNA, first)
    for before in (0, 7):
        with pytest.raises(Conflict):
            async with store.transaction() as db:
                await (visits.update(db, ANNA, second, before) if before else visits.insert(db, ANNA, second))
    async with store.transaction() as db:
        assert await visits.find(db, ANNA) == first
        await visits.update(db, ANNA, second, 1)
        assert await visits.find(db, ANNA) == second
        await visits.touch(db, ANNA, NOW + 9)
        assert await visits.find(db, ANNA) == VisitRow(2, b"two", NOW + 9, 150)
        await visits.delete(db, ANNA)
        assert await visits.find(db, ANNA) is None


@pytest.mark.asyncio
async def test_a_word_keeps_its_number_and_a_key_is_taken_once(store: Store) -> None:
    async with store.transaction() as db:
        for word in ("city", "county", "city"):
            await words.insert(db, word)
        assert sorted(await words.every(db)) == [(1, "city"), (2, "county")]
        assert await inbox.take(db, "key", NOW) and not await inbox.take(db, "key", NOW + 1)
        await inbox.delete(db, "key")
        assert await inbox.take(db, "key", NOW + 2)


@pytest.mark.asyncio
async def test_a_newer_reply_takes_an_older_ones_place_and_each_is_claimed_once(store: Store) -> None:
    async with store.transaction() as db:
        await outbox.put(db, OutboxRow(ANNA, 1, 10), 5, NOW)
        await outbox.put(db, OutboxRow(ANNA, 1, None), 6, outbox.UNCLAIMED)
        assert await outbox.claimed(db, 0) == []
        assert await outbox.claim(db, NOW, 7) == [], "past its age"
        assert await outbox.claim(db, NOW, 0) == [OutboxRow(ANNA, 1, None)] and await outbox.claim(db, NOW, 0) == []
        await outbox.delete_sent(db, ANNA, 5)
        assert await outbox.claimed(db, 0) == await outbox.claimed(db, 6) == [OutboxRow(ANNA, 1, None)]
        assert await outbox.claimed(db, 7) == [], "past its age"
        await outbox.delete_sent(db, ANNA, 6)
        assert await outbox.claimed(db, 0) == []


@pytest.mark.asyncio
async def test_a_reply_that_nobody_is_at_any_more_is_claimed_again(store: Store) -> None:
    anna = [OutboxRow(ANNA, 1, None)]
    async with store.transaction() as db:
        await outbox.put(db, anna[0], 6, NOW)
        assert await outbox.claim(db, NOW + outbox.AT_WORK, 0) == []
        await outbox.still_at(db, [b"others"] * outbox.MANY + [ANNA], NOW + outbox.AT_WORK)
        assert await outbox.claim(db, NOW + 2 * outbox.AT_WORK, 0) == []
        assert await outbox.claim(db, NOW + 2 * outbox.AT_WORK + 1, 0) == anna
        await outbox.put(db, anna[0], 7, outbox.UNCLAIMED)
        await outbox.still_at(db, [ANNA], NOW + 3 * outbox.AT_WORK)
        assert await outbox.claim(db, NOW, 0) == anna, "whoever is at an older one is not at this"


@pytest.mark.asyncio
async def test_a_code_is_of_one_kind_and_works_once(store: Store) -> None:
    async with store.transaction() as db:
        row = CodeRow(b"hash", "code", ANNA, 5, None, NOW)
        await handover_codes.insert(db, row)
        await handover_codes.delete_kind(db, ANNA, "link")
        assert await handover_codes.redeem(db, b"hash", "link") is None
        assert await handover_codes.is_good(db, b"hash", "code", NOW - 1)
        assert not await handover_codes.is_good(db, b"hash", "code", NOW)
        assert await handover_codes.redeem(db, b"hash", "code") == row
        assert await handover_codes.redeem(db, b"hash", "code") is None


@pytest.mark.asyncio
async def test_a_receipt_goes_with_its_owner_and_outlives_the_visit_without_one(store: Store) -> None:
    async with store.transaction() as db:
        await receipts.insert(db, b"hash", ANNA, b"data", NOW)
    with pytest.raises(Conflict):
        async with store.transaction() as db:
            await receipts.insert(db, b"hash", BERT, b"", NOW)
    async with store.transaction() as db:
        assert await receipts.find(db, b"hash", NOW - 1) == b"data" and await receipts.find(db, b"hash", NOW) is None
        await visits.insert(db, BERT, VisitRow(1, b"", NOW, 0))
        await receipts.hand_over(db, ANNA, BERT)
        await receipts.disown(db)
        await receipts.delete(db, ANNA)
        await receipts.delete(db, receipts.NOBODY)
        assert await receipts.find(db, b"hash", 0) == b"data", "it is Bert's, who has a visit"
        await visits.delete(db, BERT)
        await receipts.disown(db)
        await receipts.delete(db, BERT)
        assert await receipts.find(db, b"hash", 0) == b"data", "it is nobody's"


@pytest.mark.asyncio
async def test_a_case_is_seen_by_its_agent_alone(store: Store) -> None:
    async with store.transaction() as db:
        one, two = Case("1", ANNA, "mei", 8, NOW + 1, False), Case("2", BERT, "mei", None, NOW, True)
        await cases.insert(db, one)
        await cases.insert(db, two)
        await cases.mark_checked(db, "li", "1")
        assert await cases.every(db, "mei") == [two, one] and await cases.every(db, "li") == []
        assert await cases.find(db, "mei", "1") == one and await cases.find(db, "li", "1") is None
        await cases.mark_checked(db, "mei", "1")
        assert [case.checked for case in await cases.every(db, "mei")] == [True, True]
        await cases.delete_abandoned(db)
        assert await cases.every(db, "mei") == [two], "the other one holds a chat's number, and its visit is gone"
        await cases.close(db, "2")
        assert await cases.every(db, "mei") == []


@pytest.mark.asyncio
async def test_accounts_and_logins(store: Store) -> None:
    async with store.transaction() as db:
        assert await staff.insert(db, "mei", "supervisor", "s1", NOW, True)
        assert not await staff.insert(db, "mei", "agent", "s2", NOW, False)
        assert await staff.every(db) == [Account("mei", "supervisor", False, True, False, NOW)]
        assert await staff.hold_supervisors(db) == ["mei"]
        assert (await staff.secret_of(db, "mei"), await staff.secret_of(db, "li")) == ("s1", None)
        assert await staff.begin_totp(db, "mei", "seed") and not await staff.begin_totp(db, "mei", "another")
        assert [await staff.use_counter(db, "mei", counter) for counter in (7, 7, 6, 8)] == [True, False, False, True]
        assert await staff.credentials(db, "mei", "s1") == Credentials("seed", True, NOW)
        assert await staff.set_secret(db, "mei", "s2", NOW + 1) and not await staff.set_secret(db, "li", "s2", NOW)
        assert await staff.credentials(db, "mei", "s1") is None
        assert await staff.credentials(db, "mei", "s2") == Credentials("seed", False, NOW + 1)
        assert await staff.set_one_time_secret(db, "mei", "s3", NOW + 2)
        assert await staff.credentials(db, "mei", "s3") == Credentials("", True, NOW + 2)
        assert await staff.use_counter(db, "mei", 1), "and the codes of the phone begin anew"
        assert await staff.insert_login(db, b"hash", "mei", NOW)
        assert await staff.find_login(db, b"hash", NOW - 1, NOW - 1) == Login("mei", "supervisor", True, NOW)
        assert await staff.find_login(db, b"hash", NOW, NOW - 1) is None and await staff.find_login(db, b"hash", 0, NOW) is None
        await staff.touch_login(db, b"hash", NOW + 9)
        await staff.delete_old_logins(db, NOW - 1, NOW + 8)
        assert await staff.find_login(db, b"hash", 0, NOW) == Login("mei", "supervisor", True, NOW + 9)
        assert await staff.disable(db, "mei") and await staff.hold_supervisors(db) == []
        assert await staff.credentials(db, "mei", "s3") is None and await staff.find_login(db, b"hash", 0, 0) is None


@pytest.mark.asyncio
async def test_counts_add_up_and_a_lease_has_one_holder(store: Store) -> None:
    async with store.transaction() as db:
        count = Count("2026-11-27", "kiosk", "began", "", "")
        await counters.add(db, {count: 2, count._replace(day="2026-11-26"): 5})
        await counters.add(db, {count: 3})
        assert await counters.since(db, "2026-11-27") == [(count, 5)]
        assert await leases.take(db, "poll", "a", NOW, NOW + 30) and not await leases.take(db, "poll", "b", NOW + 30, NOW + 60)
        assert await leases.take(db, "poll", "a", NOW, NOW + 40) and await leases.take(db, "poll", "b", NOW + 41, NOW + 60)
        await leases.delete(db, "poll")
        assert await leases.take(db, "poll", "a", NOW, NOW)


@pytest.mark.asyncio
async def test_what_is_remembered_for_a_moment_is_claimed_once_and_goes_with_its_visit(store: Store) -> None:
    async with store.transaction() as db:
        assert await beside.claim(db, b"1", NOW, NOW + 9) and not await beside.claim(db, b"1", NOW + 8, NOW + 99)
        assert await beside.claim(db, b"1", NOW + 9, NOW + 99), "whoever was here first is gone"
        for owner in (ANNA, BERT):
            await visits.insert(db, owner, VisitRow(1, b"", NOW, 0))
            await beside.put(db, owner, owner, b"old", NOW + 9)
            await beside.put(db, owner, owner, b"new", NOW + 9)
        assert (await beside.find(db, ANNA, NOW + 8), await beside.find(db, ANNA, NOW + 9)) == (b"new", None)
        assert (await beside.take(db, b"1", NOW), await beside.take(db, b"1", NOW)) == (b"", None)
        await visits.delete(db, ANNA)
        await beside.delete_expired(db, NOW)
        assert (await beside.find(db, ANNA, NOW), await beside.find(db, BERT, NOW)) == (None, b"new")
        await beside.delete(db, BERT)
        assert await db.rows("SELECT * FROM beside") == []


# table, its age, and a row that was made or last seen at a moment
AGES: list[tuple[str, int, Any]] = [
    ("visit", retention.TTL["kiosk"], lambda db, at: visits.insert(db, ANNA, VisitRow(at, b"", at, retention.TTL["kiosk"]))),
    ("visit", 24 * 3600, lambda db, at: visits.insert(db, ANNA, VisitRow(at, b"", at, 0))),
    ("outbox", 24 * 3600, lambda db, at: outbox.put(db, OutboxRow(ANNA, 1, None), 1000 * at, at)),
    ("inbox", retention.KEYS, lambda db, at: inbox.take(db, "key", at)),
    ("code", 0, lambda db, at: handover_codes.insert(db, CodeRow(b"", "code", ANNA, 1, None, at))),
    ("casefile", retention.CASES, lambda db, at: cases.insert(db, Case("1", ANNA, "mei", None, at, True))),
    ("receipt", retention.RECEIPTS, lambda db, at: receipts.insert(db, b"", ANNA, b"", at)),
    ("attempt", retention.TRIES, lambda db, at: _tried(db, at)),
    ("beside", 0, lambda db, at: beside.put(db, b"", beside.NO_VISIT, b"", at)),
]


async def _tried(db: Connection, at: int) -> None:
    await attempts.take_one(db, ("bucket", 1, 60))
    await db.run("UPDATE attempt SET since = ?", at)


@pytest.mark.parametrize(("table", "age", "made"), AGES, ids=[f"{table} {age}" for table, age, _ in AGES])
@pytest.mark.asyncio
async def test_what_is_past_its_age_goes_and_what_is_not_stays(store: Store, table: str, age: int, made: Any) -> None:
    async with store.transaction() as db:
        await made(db, NOW)
        for later, left in ((0, 1), (1, 0)):
            gone = await retention.purge(db, NOW + age + later, 24 * 3600)
            assert len(await db.rows(f"SELECT * FROM {table}")) == left
            assert gone == [b""] * (table == "visit" and not left)


@pytest.mark.asyncio
async def test_a_transaction_that_others_came_between_is_tried_a_few_times() -> None:
    tries = []

    @retried
    async def outrun(times: int) -> str:
        tries.append(times)
        if len(tries) <= times:
            raise Conflict
        return "done"

    assert await outrun(4) == "done" and len(tries) == 5
    tries.clear()
    with pytest.raises(StoreDown):
        await outrun(5)
