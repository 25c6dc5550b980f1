import MCP

/// What the polls for one stream need of the request that opened it.
struct StreamPolling {
    /// For a stream of the modern era, which says itself what it watches; nil for one of a session.
    let origin: PollOrigin?
    /// The access token, from which functions are told the caller's subject; empty for a key.
    let token: [UInt8]

    init(_ origin: PollOrigin?, token: [UInt8]) {
        self.origin = origin
        self.token = token
    }
}

extension StreamForm {
    /// How many resources the stream itself is to watch.
    var watches: Int { if case .listen(_, let filter) = self { filter.resources.count } else { 0 } }
}
