import Policy
import Text
import Telemetry

extension Attention {
    /// The items about one target; none for a disabled target.
    ///
    /// They hold no text of a call, because people who may not read the store may read them.
    /// - Parameter nowMs: milliseconds since 1970.
    static func items(_ target: TargetStanding, nowMs: Int64) -> [Attention] {
        if let word = target.unknownContract { return [unknown(word, target)] }
        guard target.isEnabled else { return [] }
        return [calls(target, nowMs), list(target), file(target), refused(target)].compactMap { $0 }
    }

    private static func unknown(_ contract: String, _ target: TargetStanding) -> Attention {
        Attention(
            .problem,
            .unknownContract,
            "target \(target.name)",
            "it isn't served, as this version doesn't know its contract \(quoted(contract))",
            next: "use the version that stored it, or `mcp-gateway target update \(target.name) --contract C`"
        )
    }

    private static func calls(_ target: TargetStanding, _ nowMs: Int64) -> Attention? {
        guard let calls = target.calls, let failingForMs = calls.failingForMs else { return nil }
        let isRecent = calls.recent.calls >= CallFigures.callsMin
        let tally = isRecent ? calls.recent : calls.hour
        let last = calls.lastError.map { ", the last with \($0.code)" } ?? ""
        return Attention(
            .problem,
            .callsFailing,
            "target \(target.name)",
            "\(tally.errors) of \(tally.calls) calls failed in \(isRecent ? "five minutes" : "an hour")\(last)",
            sinceMs: nowMs - failingForMs,
            next: "`mcp-gateway target show \(target.name)` has the last error"
        )
    }

    private static func list(_ target: TargetStanding) -> Attention? {
        if let error = target.health.lastError {
            let isServed = target.tools > 0
            return Attention(
                isServed ? .warning : .problem,
                .listFailing,
                "target \(target.name)",
                "its tools can't be read\(isServed ? ", and the last good ones are served" : "")",
                said: error,
                sinceMs: target.health.lastErrorAtMs,
                next: "`mcp-gateway target test \(target.name)` tries it now"
            )
        }
        guard target.health.refreshedAtMs == nil else { return nil }
        return Attention(
            .note,
            .targetNew,
            "target \(target.name)",
            "its tools were never read",
            next: "`mcp-gateway target refresh \(target.name)` reads them"
        )
    }

    private static func file(_ target: TargetStanding) -> Attention? {
        guard let fault = target.fileFaults.first else { return nil }
        let more = target.fileFaults.count - 1
        return faultyFile(
            "target \(target.name)",
            "its file is faulty, and what it declared before is in force: \(fault)"
                + (more > 0 ? "; and \(more) more" : "")
        )
    }

    static func faultyFile(_ subject: String, _ message: String, sinceMs: Int64? = nil) -> Attention {
        Attention(
            .warning,
            .fileFaulty,
            subject,
            message,
            sinceMs: sinceMs,
            next: "correct it, then `mcp-gateway reload`"
        )
    }

    private static func refused(_ target: TargetStanding) -> Attention? {
        let (count, named) = (target.health.tools.refusedCount, target.health.tools.refusals.first)
        guard count > 0 else { return nil }
        let first = named.map { ": \($0.tool): \($0.reason)" } ?? ""
        return Attention(
            .warning,
            .toolsRefused,
            "target \(target.name)",
            "\(count) of its tools \(count == 1 ? "is" : "are") refused\(first)"
                + (count > 1 && named != nil ? "; and \(count - 1) more" : ""),
            next: "`mcp-gateway tool list --target \(target.name) --state refused` shows why"
        )
    }
}
