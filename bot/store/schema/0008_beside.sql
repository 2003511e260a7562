-- what is remembered for a moment, by all processes: under keyed hashes, and sealed with the key. owner: the visit with which it
-- goes; empty where it goes with none.
CREATE TABLE beside (name BLOB PRIMARY KEY, owner BLOB NOT NULL, data BLOB NOT NULL, until BIGINT NOT NULL);
CREATE INDEX beside_owner ON beside (owner);
