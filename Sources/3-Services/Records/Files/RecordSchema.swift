import Database

/// The schema of a record file. Record files are always SQLite's, whatever engine the store has: with a file for each
/// day, forgetting a day is an unlink.
///
/// A call's number counts from 0 in its file, in the order of storing, and is never changed. Rows of `block` and
/// `part` have the number of their first call as id. Whole blocks have their bytes in tables of their own, so that
/// what a query reads lies close together; calls that are in no whole block yet are in parts: one for each second,
/// until they are joined.
enum RecordSchema {
    /// `mgr1`: tells record files from other databases.
    static let stamp = SchemaStamp(application: 0x6D67_7231, version: 1)

    /// The columns that queries select a block by mostly fit into one page.
    static let pageBytes = 8_192

    static let tables = """
        CREATE TABLE caller (
            id INTEGER PRIMARY KEY,
            -- The store's id; 0 for none.
            tenant_id INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            key_prefix TEXT
        ) STRICT;

        CREATE TABLE tool (
            id INTEGER PRIMARY KEY,
            target TEXT,
            name TEXT,
            exposed_name TEXT NOT NULL,
            sha256 BLOB
        ) STRICT;

        CREATE TABLE ending (
            id INTEGER PRIMARY KEY,
            outcome INTEGER NOT NULL,
            code TEXT
        ) STRICT;

        CREATE TABLE text (
            id INTEGER PRIMARY KEY,
            text TEXT NOT NULL
        ) STRICT;

        CREATE TABLE block (
            id INTEGER PRIMARY KEY,
            calls INTEGER NOT NULL,
            first_us INTEGER NOT NULL,
            last_us INTEGER NOT NULL,
            longest_us INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE block_head (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE block_times (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE block_rest (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE block_ids (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE block_filter (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

        CREATE TABLE part (
            id INTEGER PRIMARY KEY,
            calls INTEGER NOT NULL,
            first_us INTEGER NOT NULL,
            last_us INTEGER NOT NULL,
            longest_us INTEGER NOT NULL,
            head BLOB NOT NULL,
            times BLOB NOT NULL,
            rest BLOB NOT NULL,
            ids BLOB NOT NULL
        ) STRICT;

        CREATE TABLE body (
            id INTEGER PRIMARY KEY,
            arguments TEXT,
            result TEXT
        ) STRICT;
        """
}
