package import Config
package import Control
package import Store

/// How targets are asked for their tools: by the running server, or by a command on its own.
package protocol CatalogInquiry: Sendable {
    /// Reads the tools of one target, or of every enabled one, and stores them.
    /// - Throws: as `CatalogRefresh.run`.
    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report]

    /// Has the target's tools read, without waiting for them. A command on its own leaves that to a server.
    func refreshSoon(_ name: TargetName)

    /// Asks one target for its tools, or sends it one event; the catalog stays as it is.
    /// - Throws: `.invalid` when the target can't be asked that.
    func test(_ target: TargetRecord, _ request: TrialRequest) async throws(ModelFault) -> TargetTrial

    /// What the settings say about functions that are found by themselves.
    var discoveries: [GatewayConfig.Discovery] { get }

    /// Looks for functions, and stores what was found where that is ordered.
    /// - Throws: the store's own failures; what can't be listed is in the report.
    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report
}

/// Asks through a tool source: what a command does, and a server that has no schedule to mind.
package struct SourceInquiry: CatalogInquiry {
    private let catalog: CatalogRefresh
    private let inquiry: ToolInquiry
    private let progress: @Sendable (CatalogRefresh.Progress) -> Void

    /// - Parameters:
    ///   - store: where the tools go.
    ///   - source: what is asked.
    ///   - configuration: how many at once, and for how long.
    ///   - progress: told as a refresh goes on; any thread, one call at a time.
    package init(
        store: Store::Store,
        source: any ToolSource,
        configuration: CatalogRefresh.Configuration = CatalogRefresh.Configuration(),
        progress: @escaping @Sendable (CatalogRefresh.Progress) -> Void = { _ in }
    ) {
        catalog = CatalogRefresh(store: store, source: source, configuration: configuration)
        inquiry = ToolInquiry(
            source: source,
            timeout: configuration.timeout,
            toolNameMax: configuration.toolNameMax
        )
        self.progress = progress
    }

    package func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] {
        try await catalog.run(.asked(name), progress: progress)
    }

    package func refreshSoon(_ name: TargetName) {}

    package func test(
        _ target: TargetRecord,
        _ request: TrialRequest
    ) async throws(ModelFault) -> TargetTrial {
        try await inquiry.trial(of: target, request)
    }
}
