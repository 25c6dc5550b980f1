import Model
package import Telemetry

/// Everything that an operator should know at one moment, what needs a person first.
package struct StatusReport: Sendable {
    /// Milliseconds since 1970.
    package let atMs: Int64
    /// nil when none runs that could be asked.
    package let server: ServerStatus?
    package let attention: [Attention]
    /// The worst first.
    package let targets: [TargetStanding]

    /// From a server, the store, or both.
    package init(server: ServerStatus?, store: StoreStanding, atMs: Int64) {
        self.init(
            server,
            store.targets.map { TargetStanding($0, calls: server?.figures(of: $0.name.text)) },
            Attention.items(server?.roles ?? []) + Attention.items(store, nowMs: atMs),
            atMs
        )
    }

    /// What may be seen without a credential: nothing of tenants or keys is in it.
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
    /// Of a target that the server knows, called or not.
    package func figures(of target: String) -> CallFigures { calls[target] ?? CallFigures() }
}
