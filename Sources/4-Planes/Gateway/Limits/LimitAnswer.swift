import Bytes
import HTTP
import JSON
import MCP
import RateLimit

extension RPCError {
    /// A call that a limit refuses, for its caller.
    ///
    /// - Parameter limit: the scope's word; never whose.
    static func limited(_ standing: LimitStanding, limit: String) -> RPCError {
        limited(
            limit: limit,
            metric: standing.metric.rawValue,
            standing.limit,
            standing.remaining,
            retryAfterNs: standing.retryAfterNs,
            resetAfterNs: standing.resetAfterNs
        )
    }

    /// A request other than a call, of which there were too many.
    static func tooManyRequests(_ standing: RateStanding, limit: String) -> RPCError {
        limited(
            limit: limit,
            metric: "requests per second",
            standing.parameters.permits,
            standing.remaining,
            retryAfterNs: standing.retryAfterNs,
            resetAfterNs: standing.resetAfterNs
        )
    }

    private static func limited(
        limit: String,
        metric: String,
        _ most: Int,
        _ remaining: Int,
        retryAfterNs: UInt64,
        resetAfterNs: UInt64
    ) -> RPCError {
        let retryAfterMs = ceiling(retryAfterNs, 1_000_000)
        let seconds = ceiling(retryAfterNs, 1_000_000_000)
        let wait = retryAfterMs < 1000 ? "\(retryAfterMs) ms" : "\(seconds) s"
        let data: JSONValue = [
            "limit": .string(limit), "metric": .string(metric), "retryAfterMs": .number("\(retryAfterMs)"),
        ]
        var raw = ByteBuffer()
        data.write(to: &raw)
        var error = RPCError(
            .limitExceeded,
            "The limit of \(most) \(metric) for this \(limit) is used up; try again in \(wait).",
            data: raw
        )
        error.fields = [
            ResponseField("Retry-After", "\(max(1, seconds))"),
            ResponseField("X-RateLimit-Limit", "\(most)"),
            ResponseField("X-RateLimit-Remaining", "\(remaining)"),
            ResponseField("X-RateLimit-Reset", "\(ceiling(resetAfterNs, 1_000_000_000))"),
        ]
        return error
    }

    private static func ceiling(_ value: UInt64, _ unit: UInt64) -> UInt64 {
        value / unit + (value % unit == 0 ? 0 : 1)
    }
}
