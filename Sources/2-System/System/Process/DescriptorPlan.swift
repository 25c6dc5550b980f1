/// How many connections the limit of open descriptors allows, so that enough are left for Lambda and the store.
package struct DescriptorPlan: Sendable, Equatable {
    /// Of the agents' listener.
    package let connectionsMax: Int
    /// Of the admin listener.
    package let adminConnectionsMax: Int
    /// Refused connections that may stay open for a moment, on each of the two.
    package let refusedMax: Int
    /// What an operator should know; nil when the limit is large enough for what is configured.
    package let warning: String?

    /// What the process has open besides, with room to spare: the store, logs, resolver, refreshes.
    private static let ownMax = 48
    /// An event loop, its wake-up, its two listening sockets.
    private static let perLoop = 4

    /// - Parameters:
    ///   - limit: of descriptors; nil when it isn't known.
    ///   - wanted: the configured connections of agents, at least 1.
    ///   - isLocal: whether functions run here, whose connections and pipes count too.
    package init(limit: Int?, wanted: Int, loops: Int, isLocal: Bool) {
        let limit = limit ?? .max
        adminConnectionsMax = min(256, max(4, limit / 16))
        refusedMax = min(512, max(4, limit / 32))
        let reserve = Self.ownMax + Self.perLoop * loops + adminConnectionsMax + 2 * refusedMax
        // A connection in use needs one to Lambda; a call of a local function both ends of it, and its process's pipes.
        let perConnection = isLocal ? 8 : 2
        let possible = max(1, (limit - reserve) / perConnection)
        connectionsMax = min(wanted, possible)
        warning =
            possible >= wanted
            ? nil
            : "agents.connections_max is \(wanted), but \(limit) descriptors allow \(possible): "
                + "\(reserve) are kept for the gateway itself, and each connection needs \(perConnection); "
                + "raise the hard limit (ulimit -Hn, LimitNOFILE=) to "
                + "\(reserve + wanted * perConnection), or lower agents.connections_max"
    }
}
