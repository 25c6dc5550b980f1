/// What an HTTP event carries beside its message: where the request goes, in which session, and when.
package struct HTTPExchange: Sendable, Equatable {
    package var address: HTTPAddress
    /// `nil` until the function has asked for a session.
    package var session: HTTPSession?
    /// When the event is made, in milliseconds since 1970.
    package var nowMs: Int64
    /// The event's request id, for a call; with `nil` it is made from the seed and the message's id.
    package var callID: CallID?
    /// The seed from which the ids of other requests are made.
    package var seed: CallIDSeed

    package init(
        address: HTTPAddress = HTTPAddress(),
        session: HTTPSession? = nil,
        nowMs: Int64 = 0,
        seed: CallIDSeed = CallIDSeed(high: 0, low: 0)
    ) {
        self.address = address
        self.session = session
        self.nowMs = nowMs
        self.seed = seed
    }
}

extension HTTPExchange {
    /// The event's request id.
    /// - Parameter id: the message's id.
    func requestID(_ id: Int) -> CallID { callID ?? CallID(seed: seed, number: id, ms: nowMs) }
}

/// Where in a function its MCP endpoint is.
package struct HTTPAddress: Sendable, Hashable {
    package static let usualPath = "/mcp"
    /// The host that servers made with the official Python SDK accept in their check against DNS rebinding.
    package static let usualHost = "localhost:8080"

    package var path: String
    /// The Host header.
    package var host: String

    /// - Parameters:
    ///   - path: `nil` for `usualPath`.
    ///   - host: `nil` for `usualHost`.
    package init(path: String? = nil, host: String? = nil) {
        self.path = path ?? Self.usualPath
        self.host = host ?? Self.usualHost
    }
}

/// What a function and the gateway agreed on for later requests.
/// Source: MCP 2025-11-25 transports, "Session Management" and "Protocol Version Header"
package struct HTTPSession: Sendable, Hashable {
    /// The longest session id that is kept, in bytes.
    package static let idBytesMax = 1_024
    /// The version that is asked for, and sent in requests without a session: the newest that servers of all ages know.
    package static let usualVersion = "2025-06-18"
    /// The version that works without `initialize`, for functions that serve no older one.
    package static let modernVersion = "2026-07-28"

    /// The value of `Mcp-Session-Id`: visible ASCII, 1...idBytesMax. `nil` when the function only named its protocol
    /// version.
    package let id: String?
    /// The protocol version that the function chose.
    package let version: String

    /// - Returns: `nil` for an id or a version that can't stand in a header.
    package init?(id: String?, version: String) {
        if let id {
            guard 1...Self.idBytesMax ~= id.utf8.count, id.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                return nil
            }
        }
        guard 1...32 ~= version.utf8.count, version.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        self.id = id
        self.version = version
    }

    private init(modern: Void) {
        id = nil
        version = Self.modernVersion
    }

    /// The session with a function that serves no version before 2026-07-28.
    package static let modern = HTTPSession(modern: ())

    package var isModern: Bool { version == Self.modernVersion }
}
