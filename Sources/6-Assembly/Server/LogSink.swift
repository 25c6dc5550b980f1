import Bytes
package import Config
import EventLoop
package import Gateway
import JSON
import SigV4
import Text

/// Writes log lines to standard error, as text for people or as JSON for machines.
package enum LogSink {
    package static func log(_ config: GatewayConfig.Log) -> GatewayLog {
        let isJSON = config.format == .json
        return GatewayLog(threshold: config.level.threshold) { level, text, values in
            let line = isJSON ? jsonLine(level, text, values) : textLine(level, text, values)
            StandardStreams.writeError(line)
        }
    }

    private static func textLine(
        _ level: GatewayLog.Level,
        _ text: String,
        _ values: [(String, String)]
    ) -> String {
        var line = "\(stamp()) \(level.word) \(printable(text))"
        for (name, value) in values where !value.isEmpty {
            let shown = printable(value)
            let quote = shown.contains(" ") ? "\"" : ""
            line += " " + name + "=" + quote + shown + quote
        }
        return line + "\n"
    }

    private static func jsonLine(
        _ level: GatewayLog.Level,
        _ text: String,
        _ values: [(String, String)]
    ) -> String {
        var members: [(String, JSONValue)] = [
            ("time", .string(stamp())), ("level", .string(level.word)), ("message", .string(text)),
        ]
        for (name, value) in values where !value.isEmpty { members.append((name, .string(value))) }
        return JSONValue.object(JSONObject(members)).text + "\n"
    }

    /// Text from outside cannot start a line of its own or steer a terminal.
    static func printable(_ text: String) -> String { HiddenCharacters.shown(text) }

    /// `2026-11-21T05:48:58.123Z`
    private static func stamp() -> String {
        let ms = EventLoop.wallClockMs
        let stamp = SigningTime(epochSeconds: Int(ms / 1000)).stamp  // 20261121T054858Z
        let digits = Array(stamp)
        let date = "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))"
        let time = "\(String(digits[9..<11])):\(String(digits[11..<13])):\(String(digits[13..<15]))"
        let fraction = String(1000 + ms % 1000).dropFirst()
        return "\(date)T\(time).\(fraction)Z"
    }
}

extension GatewayLog.Level {
    fileprivate var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }
}

extension GatewayConfig.Log.Level {
    var threshold: GatewayLog.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
