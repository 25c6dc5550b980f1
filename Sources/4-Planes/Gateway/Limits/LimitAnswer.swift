import Bytes
package import HTTP
import JSON
import MCP
import RateLimit

/// A limit that is used up, in words that each surface puts into its own form.
package struct UsedUpLimit: Sendable, Equatable {
    /// What is used up, as a sentence without a full stop.
    package let detail: String
    /// When to try again, likewise.
    package let hint: String
    /// The header fields of the answer.
    package let fields: [ResponseField]
    private let data: JSONValue

    /// A request other than a call, of which there were too many.
    /// - Parameter limit: the scope's word; never whose.
    init(_ standing: RateStanding, limit: String) {
        self.init(
            limit: limit,
            metric: "requests per second",
            standing.parameters.permits,
            standing.remaining,
            retryAfterNs: standing.retryAfterNs,
            resetAfterNs: standing.resetAfterNs
        )
    }

    /// A call that a limit refuses.
    /// - Parameter limit: the scope's word; never whose.
    init(_ standing: LimitStanding, limit: String) {
        self.init(
            limit: limit,
            metric: standing.metric.rawValue,
            standing.limit,
            standing.remaining,
            retryAfterNs: standing.retryAfterNs,
            resetAfterNs: standing.resetAfterNs
        )
    }

    private init(
        limit: String,
        metric: String,
        _ most: Int,
        _ remaining: Int,
        retryAfterNs: UInt64,
        resetAfterNs: UInt64
    ) {
        let retryAfterMs = Self.ceiling(retryAfterNs, 1_000_000)
        let seconds = Self.ceiling(retryAfterNs, 1_000_000_000)
        let wait = retryAfterMs < 1000 ? "\(retryAfterMs) ms" : "\(seconds) s"
        detail = "The limit of \(most) \(metric) for this \(limit) is used up"
        hint = "try again in \(wait)"
        fields = [
            ResponseField("Retry-After", "\(max(1, seconds))"),
            ResponseField("X-RateLimit-Limit", "\(most)"),
            ResponseField("X-RateLimit-Remaining", "\(remaining)"),
            ResponseField("X-RateLimit-Reset", "\(Self.ceiling(resetAfterNs, 1_000_000_000))"),
        ]
        data = [
            "limit": .string(limit), "metric": .string(metric), "retryAfterMs": .number("\(retryAfterMs)"),
        ]
    }

    /// The same for an MCP client.
    var error: RPCError {
        var raw = ByteBuffer()
        data.write(to: &raw)
        var error = RPCError(.limitExceeded, "\(detail); \(hint).", data: raw)
        error.fields = fields
        return error
    }

    private static func ceiling(_ value: UInt64, _ unit: UInt64) -> UInt64 {
        value / unit + (value % unit == 0 ? 0 : 1)
    }
}

extension RPCError {
    /// A call that a limit refuses, for its caller.
    static func limited(_ standing: LimitStanding, limit: String) -> RPCError {
        UsedUpLimit(standing, limit: limit).error
    }
}
