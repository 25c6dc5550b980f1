import Database

/// A server that runs on the store, or did: one that was killed leaves its row behind.
package struct ServerPlace: Sendable, Equatable {
    /// The machine's name, `:` and the process's number.
    package var server: String
    /// Where it runs functions itself, e.g. `127.0.0.1:9001`; nil when all are in AWS.
    package var localLambda: String?

    package init(server: String, localLambda: String?) {
        self.server = server
        self.localLambda = localLambda
    }

    /// The machine's name.
    package var host: String { String(server.prefix { $0 != ":" }) }
    /// The process's number; 0 for a row that isn't understood.
    package var process: Int { Int(server.drop { $0 != ":" }.dropFirst()) ?? 0 }
}

extension ReadTransaction {
    /// Every server that entered itself, the latest first.
    package borrowing func serverPlaces() throws(StoreError) -> [ServerPlace] {
        try rows("SELECT server, local_lambda FROM server_place ORDER BY started_ms DESC, server") {
            row throws(StoreError) in
            ServerPlace(server: row.text(at: 0) ?? "", localLambda: row.text(at: 1))
        }
    }
}

extension WriteTransaction {
    /// Notes that a server runs from now on.
    package borrowing func enterServer(_ place: ServerPlace) throws(StoreError) {
        try run(
            """
            INSERT INTO server_place (server, local_lambda, started_ms) VALUES (?, ?, ?)
            ON CONFLICT (server) DO UPDATE SET local_lambda = excluded.local_lambda,
                started_ms = excluded.started_ms
            """,
            [.text(place.server), Value(place.localLambda), .integer(clock())]
        )
    }

    /// Forgets a server that has ended.
    package borrowing func removeServer(_ server: String) throws(StoreError) {
        try run("DELETE FROM server_place WHERE server = ?", [.text(server)])
    }
}
