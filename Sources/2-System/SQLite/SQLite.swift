// SQLite: connections, statements and transactions over the C library, and the thread that owns a connection.
//
//   Depends on   CSQLite (libsqlite3 3.37 or newer: STRICT tables)
//   Used by      Store, which alone holds SQL
//   Start at     Connection
