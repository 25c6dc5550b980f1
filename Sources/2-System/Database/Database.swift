// Database: the port through which SQL is spoken, whatever engine keeps the data.
//
//   Depends on   SQLite, the one engine there is
//   Used by      Store, which alone holds SQL
//   Start at     Connection
//
// An engine is a driver and a case of `DatabaseEngine` here, and a schema in whoever keeps data. Statements are written
// in the part of SQL that SQLite and PostgreSQL both accept, and read alike:
//   - `?` is the parameter after the highest so far, `?1` the first; a statement's parameters are bound by position.
//   - A new row's id comes from `RETURNING id`.
//   - What may be NULL is compared with `IS [NOT] DISTINCT FROM`; `IS` stands before NULL alone.
//   - In `ON CONFLICT … DO UPDATE`, what is stored has its table's name before it: `usage.calls + excluded.calls`.
//   - Texts are ordered and compared by their UTF-8. They hold no NUL, which PostgreSQL refuses.
//   - Truths are stored as 0 and 1. A condition that is selected is read with `int64(at:)`.
// Whatever an engine says in its own words, such as a PRAGMA, is a method of `Connection`.
