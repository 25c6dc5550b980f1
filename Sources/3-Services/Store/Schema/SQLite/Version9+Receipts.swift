extension SQLiteSchema {
    /// The key that receipts are signed with.
    static let version9Receipts = """
        -- The key pair of this store; no row before the first receipt. A private key stays on this machine and in backups.
        CREATE TABLE receipt_key (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            private_key BLOB NOT NULL CHECK (length(private_key) = 32),
            public_key BLOB NOT NULL CHECK (length(public_key) = 32),
            created_at_ms INTEGER NOT NULL
        ) STRICT;
        """
}
