-- sets of policy files by their hash; and which of them was put in force, when (seconds), by whom, what it was, and of which number
-- it is a return (0: of none). The highest number is in force.
CREATE TABLE policyset (hash TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE published (number BIGINT PRIMARY KEY, hash TEXT NOT NULL, moment BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    back BIGINT NOT NULL);
