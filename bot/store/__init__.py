"""All that is kept, and all SQL: one module a table. A function is one statement or two, inside the caller's transaction."""
