import Bytes
package import HTTP
import JSON
import MCP
import RateLimit

/// A limit that is used up, as texts that each surface puts into its own form.
package struct UsedUpLimit: Sendable, Equatable {
    /// What is used up, as a sentence without a full stop.
    package let detail: String
    /// When to try again, as a clause without a full stop.
    package let hint: String
    /// The header fields of the answer.
    package let fields: [ResponseField]
    private let data: JSONValue

    /// The limit of requests other than calls, when there were too many.
    /// - Parameter limit: the word for the scope; never a name.
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

    /// A limit that refuses a call.
    /// - Parameter limit: the word for the scope; never a name.
    init(_ standing: LimitStanding, limit: String) {
        if standing.metric.isBudget {
            self.init(spent: standing, limit: limit)
            return
        }
        self.init(
            limit: limit,
            metric: standing.metric.rawValue,
            standing.limit,
            standing.remaining,
            retryAfterNs: standing.retryAfterNs,
            resetAfterNs: standing.resetAfterNs
        )
    }

    /// A budget that is spent. Shows no amounts: other tenants spend from the budget of a whole target, too.
    private init(spent standing: LimitStanding, limit: String) {
        let seconds = Self.ceiling(standing.retryAfterNs, 1_000_000_000)
        let period = standing.metric == .dayBudget ? "day" : "month"
        detail = "The budget of the \(period) for this \(limit) is used up"
        hint = "it renews in \(Self.words(seconds: seconds)), as the \(period) ends (UTC)"
        fields = [
            ResponseField("Retry-After", "\(max(1, seconds))"),
            ResponseField("X-RateLimit-Remaining", "0"),
            ResponseField("X-RateLimit-Reset", "\(Self.ceiling(standing.resetAfterNs, 1_000_000_000))"),
        ]
        data = [
            "limit": .string(limit), "metric": .string(standing.metric.rawValue),
            "retryAfterMs": .number("\(Self.ceiling(standing.retryAfterNs, 1_000_000))"),
        ]
    }

    /// `3 days`, `5 h`, `59 min`, `40 s`: rounded up.
    private static func words(seconds: UInt64) -> String {
        switch seconds {
        case ...120: "\(seconds) s"
        case ...7_200: "\(ceiling(seconds, 60)) min"
        case ...172_800: "\(ceiling(seconds, 3_600)) h"
        default: "\(ceiling(seconds, 86_400)) days"
        }
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

    /// The error that an MCP client gets.
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
    /// The error for the caller of a call that a limit refuses.
    static func limited(_ standing: LimitStanding, limit: String) -> RPCError {
        UsedUpLimit(standing, limit: limit).error
    }
}
