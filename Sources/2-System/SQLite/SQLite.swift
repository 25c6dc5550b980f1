// SQLite: connections and statements over the C library; the driver of one of Database's engines.
//
//   Depends on   CSQLite (libsqlite3 3.39 or newer: STRICT tables, RETURNING, IS DISTINCT FROM)
//   Used by      Database, the port for all engines
//   Start at     Connection
