-- which message shows what a person of a chat sees now (0: not known, -1: it rode in a webhook's response), and since which
-- second, if that message was changed into it
ALTER TABLE visit ADD COLUMN shown BIGINT NOT NULL DEFAULT 0;
ALTER TABLE visit ADD COLUMN shown_at BIGINT NOT NULL DEFAULT 0;
