package import Config
package import Control
package import Store

/// The port for asking targets for their tools: through the running server, or in a command's own process.
package protocol CatalogInquiry: Sendable {
    /// Reads the tools of one target, or of every enabled one, and stores them.
    /// - Throws: as `CatalogRefresh.run`.
    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report]

    /// Starts reading the target's tools, without waiting for them. A command's own process leaves that to a server.
    func refreshSoon(_ name: TargetName)

    /// Asks one target for its tools, or sends it one event; the catalog stays as it is.
    /// - Throws: `.invalid` when the target can't be tested in this way.
    func test(_ target: TargetRecord, _ request: TrialRequest) async throws(ModelFault) -> TargetTrial

    /// The discoveries in the settings.
    var discoveries: [GatewayConfig.Discovery] { get }

    /// Runs a discovery, and stores its plan if the request says so.
    /// - Throws: the store's own failures; failures to list functions are in the report.
    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report
}

/// Asks through a tool source, as a command does, or a server without a schedule.
package struct SourceInquiry: CatalogInquiry {
    private let catalog: CatalogRefresh
    private let inquiry: ToolInquiry
    private let progress: @Sendable (CatalogRefresh.Progress) -> Void

    /// - Parameters:
    ///   - store: the store for the tools.
    ///   - source: the source that is asked.
    ///   - configuration: how many targets are asked at once, and for how long.
    ///   - progress: called during a refresh; any thread, one call at a time.
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
