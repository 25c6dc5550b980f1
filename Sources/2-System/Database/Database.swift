// Database: the port through which SQL statements run, whichever engine keeps the data.
//
//   Depends on   SQLite, the one engine there is
//   Used by      Store, which alone holds SQL
//   Start at     Connection
//
// An engine has a driver and a case of `DatabaseEngine` here, and a schema in the module that keeps data. Statements
// use the part of SQL that SQLite and PostgreSQL both accept and understand alike:
//   - `?` is the parameter after the highest so far, `?1` the first; a statement's parameters are bound by position.
//   - A new row's id comes from `RETURNING id`.
//   - A column that may be NULL is compared with `IS [NOT] DISTINCT FROM`; `IS` is used only before NULL.
//   - In `ON CONFLICT … DO UPDATE`, a stored column has its table's name before it: `usage.calls + excluded.calls`.
//   - Texts are ordered and compared by their UTF-8. They hold no NUL, which PostgreSQL refuses.
//   - Booleans are stored as 0 and 1. A selected condition is read with `int64(at:)`.
// A statement that only one engine has, such as a PRAGMA, is a method of `Connection`.
