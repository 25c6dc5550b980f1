import JSON

/// The severity of a log message, as `logging/setLevel` names it. Source: MCP 2025-11-25, server/utilities/logging.
package enum LoggingLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical, alert, emergency

    package static func < (left: LoggingLevel, right: LoggingLevel) -> Bool { left.place < right.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The level in the parameters of `logging/setLevel`.
    /// - Throws: `-32602` when there is none, or one that doesn't exist.
    package init(params: Range<Int>?, in bytes: Span<UInt8>) throws(RPCError) {
        let value = params.flatMap { JSON.member("level", of: $0, in: bytes) }
        try self.init(at: value, in: bytes, "params.level")
    }

    /// The level that a modern message names in its `_meta`.
    /// - Throws: `-32602` for one that doesn't exist.
    package init(at value: Range<Int>, in bytes: Span<UInt8>) throws(RPCError) {
        try self.init(at: value, in: bytes, "params._meta[\"io.modelcontextprotocol/logLevel\"]")
    }

    /// The level that a value names.
    /// - Parameter place: where it stands in the message, for the error.
    /// - Throws: `-32602` when there is none, or one that doesn't exist.
    private init(at value: Range<Int>?, in bytes: Span<UInt8>, _ place: String) throws(RPCError) {
        guard let value, let name = JSONName(bytes, at: value),
            let level = Self(rawValue: name.text(in: bytes))
        else {
            let names = Self.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw RPCError(.invalidParams, "\(place) must be one of \(names).")
        }
        self = level
    }
}
