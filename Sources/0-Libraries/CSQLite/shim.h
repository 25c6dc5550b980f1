#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast macro, which Swift does not import.
static inline int shim_bind_text(
    sqlite3_stmt *_Nonnull s, int i, const char *_Nonnull p, sqlite3_uint64 n) {
    return sqlite3_bind_text64(s, i, p, n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// SQLITE_TRANSIENT again.
static inline int shim_bind_blob(
    sqlite3_stmt *_Nonnull s, int i, const void *_Nonnull p, sqlite3_uint64 n) {
    return sqlite3_bind_blob64(s, i, p, n, SQLITE_TRANSIENT);
}

// sqlite3_db_config is variadic, which Swift does not import.
static inline int shim_db_config(sqlite3 *_Nonnull db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}
