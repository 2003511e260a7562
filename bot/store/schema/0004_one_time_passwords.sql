-- fresh: the password is a one-time one; counter: of the last code of a phone that was used
ALTER TABLE staff ADD COLUMN fresh BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN counter BIGINT NOT NULL DEFAULT 0;
CREATE INDEX login_staff ON login (staff);
