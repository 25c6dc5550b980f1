/// Where the gateway's words go: one line each, to a sink that the owner chooses. Any thread.
package struct GatewayLog: Sendable {
    package enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private let threshold: Level
    private let sink: @Sendable (Level, String, [(String, String)]) -> Void

    /// - Parameter sink: gets each line at or above the threshold, with named values. Never a secret.
    package init(threshold: Level, sink: @escaping @Sendable (Level, String, [(String, String)]) -> Void) {
        self.threshold = threshold
        self.sink = sink
    }

    /// A log that drops everything.
    package static let silent = GatewayLog(threshold: .error) { _, _, _ in }

    package func write(
        _ level: Level,
        _ text: @autoclosure () -> String,
        _ values: @autoclosure () -> [(String, String)] = []
    ) {
        if level >= threshold { sink(level, text(), values()) }
    }
}
