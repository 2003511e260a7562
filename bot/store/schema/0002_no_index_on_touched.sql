-- every turn changes `touched`: an index on it costs each of them more than the purge's look through the table
DROP INDEX IF EXISTS visit_touched;
