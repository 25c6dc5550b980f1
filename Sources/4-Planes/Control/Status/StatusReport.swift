import Model
package import Telemetry

/// Everything that an operator should know at one time, with what needs a person first.
package struct StatusReport: Sendable {
    /// Milliseconds since 1970.
    package let atMs: Int64
    /// nil when no server runs that could be asked.
    package let server: ServerStatus?
    package let attention: [Attention]
    /// The worst first.
    package let targets: [TargetStanding]

    /// A report from the store and, if one runs, from a server.
    package init(server: ServerStatus?, store: StoreStanding, atMs: Int64) {
        self.init(
            server,
            store.targets.map { TargetStanding($0, calls: server?.figures(of: $0.name.text)) },
            Attention.items(server?.roles ?? []) + Attention.items(store, nowMs: atMs),
            atMs
        )
    }

    /// A report that may be seen without a credential: it holds nothing of tenants or keys.
    package init(server: ServerStatus, targets: [TargetStanding], atMs: Int64) {
        self.init(server, targets, [], atMs)
    }

    private init(
        _ server: ServerStatus?,
        _ targets: [TargetStanding],
        _ others: [Attention],
        _ atMs: Int64
    ) {
        self.atMs = atMs
        self.server = server
        self.targets = targets.sorted(by: TargetStanding.comesBefore)
        let own = server.map { Attention.items($0, nowMs: atMs) } ?? []
        let ofTargets = targets.flatMap { Attention.items($0, nowMs: atMs) }
        attention = (own + ofTargets + others).sorted(by: Attention.comesBefore)
    }
}

extension ServerStatus {
    /// The figures of a target that the server knows, whether or not it was called.
    package func figures(of target: String) -> CallFigures { calls[target] ?? CallFigures() }
}
