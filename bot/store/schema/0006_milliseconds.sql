-- A version is the millisecond of its turn, or the one after the version before: whoever forgets and begins anew within a second
-- has no version twice.
UPDATE visit SET version = version * 1000;
UPDATE outbox SET version = version * 1000;
UPDATE code SET version = version * 1000;
