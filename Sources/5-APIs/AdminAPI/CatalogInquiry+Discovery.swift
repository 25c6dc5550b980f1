package import Config
package import Control
package import Store

/// A request to run a discovery.
package struct DiscoveryOrder: Sendable, Equatable {
    package var discovery: GatewayConfig.Discovery
    /// Whether the plan is stored.
    package var applies: Bool
    /// Whether functions that are no longer found are removed at once.
    package var prunes: Bool

    package init(_ discovery: GatewayConfig.Discovery, applies: Bool = false, prunes: Bool = false) {
        self.discovery = discovery
        self.applies = applies
        self.prunes = prunes
    }
}

extension CatalogInquiry {
    /// The default, for an inquiry that has no discoveries.
    package var discoveries: [GatewayConfig.Discovery] { [] }

    package func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        throw StoreError(.unavailable, "functions can't be listed from here")
    }
}

extension DiscoveryRun {
    /// Carries out the request.
    package func report(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?,
        isStillWanted: @Sendable () -> Bool = { true }
    ) async throws(StoreError) -> Report {
        if order.applies {
            return try await apply(
                order.discovery,
                prunes: order.prunes,
                as: actor,
                requestID: requestID,
                isStillWanted: isStillWanted
            )
        }
        return Report(plan: try await plan(order.discovery, prunes: order.prunes))
    }
}
