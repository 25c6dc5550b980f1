package import Config

/// The services of a gateway, in their order.
///
/// A shutdown during a start waits for the service that is being started; then all are stopped, and no further one is
/// started.
package actor ServiceList {
    private let services: [any Service]
    private let told: @Sendable (any Service) -> Void
    /// The services to stop, in the order in which they were started.
    private var started: [any Service] = []
    private var starting: Task<Result<Void, StartFailure>, Never>?
    /// Whether `shutdown` was called.
    package private(set) var isEnding = false

    /// - Parameter told: receives the service that is started or opened next.
    package init(_ services: [any Service], told: @escaping @Sendable (any Service) -> Void = { _ in }) {
        self.services = services
        self.told = told
    }

    /// The names in the order in which the services are started.
    package nonisolated var names: [String] { services.map { $0.name } }

    /// Starts all services, then opens all. When one fails, those that were started are stopped, and no thread, socket
    /// or file of theirs is left.
    /// - Throws: the failure; one without faults when `shutdown` was called meanwhile.
    package func start() async throws(StartFailure) {
        let task = Task { await self.startAll() }
        starting = task
        let outcome = await task.value
        starting = nil
        try outcome.get()
    }

    private func startAll() async -> Result<Void, StartFailure> {
        do throws(StartFailure) {
            for service in services {
                try goOn()
                told(service)
                try await service.start()
                started.append(service)
            }
            for service in services {
                try goOn()
                told(service)
                try await service.open()
            }
            try goOn()
            return .success(())
        } catch {
            await stopAll()
            return .failure(error)
        }
    }

    private func goOn() throws(StartFailure) {
        if isEnding { throw StartFailure([]) }
    }

    /// Lets each started service apply what it can, from the last to the first: listeners before the services they use.
    package func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        for service in started.reversed() { await service.reload(&config, &report) }
    }

    /// Drains all within `limit`, then stops all. A start under way ends first. A second call does nothing.
    package func shutdown(within limit: Duration) async {
        if isEnding { return }
        isEnding = true
        _ = await starting?.value
        let deadline = ContinuousClock.now + limit
        for service in started.reversed() { await service.drain(until: deadline) }
        await stopAll()
    }

    private func stopAll() async {
        while let service = started.popLast() { await service.stop() }
    }
}
