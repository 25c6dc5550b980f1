/// How many connections the limit of open descriptors allows, so that enough are left for Lambda and the store.
package struct DescriptorPlan: Sendable, Equatable {
    /// The most connections of the agents' listener.
    package let connectionsMax: Int
    /// The most connections of the admin listener.
    package let adminConnectionsMax: Int
    /// The most refused connections that may stay open briefly, on each of the two.
    package let refusedMax: Int
    /// A warning for the operator; nil when the limit is large enough for what is configured.
    package let warning: String?

    /// Descriptors that the process needs for everything else, with room to spare: the store, logs, resolver,
    /// refreshes.
    private static let ownMax = 48
    /// Descriptors of a loop: its epoll, its wake-up, its two listening sockets.
    private static let perLoop = 4

    /// - Parameters:
    ///   - limit: of open descriptors; nil when it isn't known.
    ///   - wanted: the configured connections of agents, at least 1.
    ///   - isLocal: whether functions run here, whose connections and pipes count too.
    package init(limit: Int?, wanted: Int, loops: Int, isLocal: Bool) {
        let limit = limit ?? .max
        adminConnectionsMax = min(256, max(4, limit / 16))
        refusedMax = min(512, max(4, limit / 32))
        let reserve = Self.ownMax + Self.perLoop * loops + adminConnectionsMax + 2 * refusedMax
        // A connection in use needs another to Lambda. With local functions, the other end of that one and the
        // process's pipes count too.
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
