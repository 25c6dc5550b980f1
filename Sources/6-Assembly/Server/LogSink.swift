import Telemetry
import Calendar
package import Config
import EventLoop
package import Gateway
import JSON
import Text

/// Writes log lines to standard error, as text for people or as JSON for machines.
package enum LogSink {
    package static func log(_ config: GatewayConfig.Log, to output: ErrorOutput) -> GatewayLog {
        let isJSON = config.format == .json
        return GatewayLog(config.allLevels) { line in
            output.write(
                isJSON
                    ? jsonLine(line.level, line.text, line.values, module: line.module)
                    : textLine(line.level, line.text, line.values)
            )
        }
    }

    static func textLine(
        _ level: GatewayLog.Level,
        _ text: String,
        _ values: [(String, String)]
    ) -> String {
        var line = "\(stamp()) \(level.word) \(HiddenCharacters.shown(text))"
        for (name, value) in values where !value.isEmpty {
            line += " " + name + "=" + quoted(HiddenCharacters.shown(value))
        }
        return line + "\n"
    }

    /// The value, in quotes if a reader of `name=value` couldn't otherwise see where it ends.
    private static func quoted(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 32 || $0 == 34 || $0 == 61 }) else { return value }
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    /// One record as a line of JSON, with its line break.
    static func jsonLine(
        _ level: GatewayLog.Level,
        _ text: String,
        _ values: [(String, String)],
        module: GatewayLog.Module = .server
    ) -> String {
        var members: [(String, JSONValue)] = [
            ("time", .string(stamp())), ("level", .string(level.word)), ("module", .string(module.rawValue)),
            ("message", .string(text)),
        ]
        for (name, value) in values where !value.isEmpty { members.append((name, .string(value))) }
        return JSONValue.object(JSONObject(members)).text + "\n"
    }

    /// `2026-11-21T05:48:58.123Z`
    private static func stamp() -> String { dateAndTimeText(ms: WallClock.nowMs()) + "Z" }
}

extension GatewayConfig.Log {
    /// The levels in the form that the log takes.
    var allLevels: GatewayLog.Levels {
        GatewayLog.Levels(level.threshold, modules: levels.mapValues { $0.threshold })
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
