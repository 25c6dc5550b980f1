import Synchronization

/// Where the gateway's words go: one line each, to a sink that the owner chooses. Any thread.
///
/// Copies share their threshold.
package struct GatewayLog: Sendable {
    package enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// A reference, so that all copies follow when it changes.
    private final class Threshold: Sendable {
        let level: Atomic<Int>

        init(_ level: Level) { self.level = Atomic(level.rawValue) }
    }

    private let threshold: Threshold
    private let sink: @Sendable (Level, String, [(String, String)]) -> Void

    /// - Parameter sink: gets each line at or above the threshold, with named values. Never a secret.
    package init(threshold: Level, sink: @escaping @Sendable (Level, String, [(String, String)]) -> Void) {
        self.threshold = Threshold(threshold)
        self.sink = sink
    }

    /// A log that drops everything.
    package static let silent = GatewayLog(threshold: .error) { _, _, _ in }

    /// Lines below this are dropped from now on.
    package func setThreshold(_ level: Level) { threshold.level.store(level.rawValue, ordering: .relaxed) }

    package func write(
        _ level: Level,
        _ text: @autoclosure () -> String,
        _ values: @autoclosure () -> [(String, String)] = []
    ) {
        if level.rawValue >= threshold.level.load(ordering: .relaxed) { sink(level, text(), values()) }
    }
}

/// Keeps a flood of like lines from filling the log: past `linesMax` in a second they are for debugging alone.
///
/// Nothing is lost for alerts, as what is logged here is also counted. One owner.
struct LogThrottle {
    private static let linesMax = 20

    private var startedAtMs: Int64 = 0
    private var lines = 0

    init() {}

    /// The level of the next line, at `nowMs`.
    mutating func level(_ wanted: GatewayLog.Level, nowMs: Int64) -> GatewayLog.Level {
        if nowMs &- startedAtMs >= 1000 || nowMs < startedAtMs {
            startedAtMs = nowMs
            lines = 0
        }
        lines += 1
        return lines <= Self.linesMax ? wanted : .debug
    }
}
