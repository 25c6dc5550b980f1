import JSON

/// The severity of a log message, as `logging/setLevel` names it. Source: MCP 2025-11-25, server/utilities/logging.
package enum LoggingLevel: String, Sendable, CaseIterable {
    case debug, info, notice, warning, error, critical, alert, emergency

    /// The level in the parameters of `logging/setLevel`.
    /// - Throws: `-32602` when there is none, or one that doesn't exist.
    package init(params: Range<Int>?, in bytes: Span<UInt8>) throws(RPCError) {
        guard let params, let value = JSON.member("level", of: params, in: bytes),
            let name = JSONName(bytes, at: value), let level = Self(rawValue: name.text(in: bytes))
        else {
            let names = Self.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw RPCError(.invalidParams, "params.level must be one of \(names).")
        }
        self = level
    }
}
