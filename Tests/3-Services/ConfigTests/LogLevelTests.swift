import Config
import Telemetry
import Testing
import TOML

/// The log levels of modules.
struct LogLevelTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var text = ""
        var environment: [String: String] = [:]
        var level = GatewayConfig.Log.Level.info
        var levels: [LogModule: GatewayConfig.Log.Level] = [:]
        var fault: String?
        var testDescription: String { "\(text) \(environment)" }
    }

    @Test(arguments: [
        Row(),
        Row(text: #"levels = { aws = "debug", store = "error" }"#, levels: [.aws: .debug, .store: .error]),
        Row(text: "[log.levels]\naws = \"debug\"", levels: [.aws: .debug]),
        Row(environment: ["LOG_LEVEL": "WARN"], level: .warning),
        Row(
            environment: ["LOG_LEVEL": "info, aws=debug,store = ERROR"],
            levels: [.aws: .debug, .store: .error]
        ),
        Row(
            environment: ["MCP_GATEWAY_LOG_LEVEL": "error,calls=info"],
            level: .error,
            levels: [.calls: .info]
        ),
        Row(environment: ["MCP_GATEWAY_LOG_LEVELS": "calls=trace"], levels: [.calls: .debug]),
        Row(
            text: #"levels = { aws = "debug" }"#,
            environment: ["LOG_LEVEL": "debug"],
            level: .debug
        ),
        Row(
            text: #"levels = { awz = "debug" }"#,
            fault: "has no module \"awz\": there are access, admission, api, aws"
        ),
        Row(text: #"levels = { aws = "loud" }"#, fault: "must be \"debug\", \"info\""),
        Row(text: "levels = { aws = 1 }", fault: "must have a level in quotes for \"aws\""),
        Row(text: "levels = \"debug\"", fault: "must be a table such as"),
        Row(environment: ["LOG_LEVEL": "info,awz=debug"], fault: "has no module \"awz\""),
        Row(environment: ["LOG_LEVEL": "aws=debug"], fault: "must have one level of all"),
        Row(environment: ["LOG_LEVEL": "info,debug"], fault: "must have one level of all"),
        Row(environment: ["LOG_LEVEL": "info,aws=loud"], fault: "must be \"debug\", \"info\""),
        Row(environment: ["MCP_GATEWAY_LOG_LEVELS": "aws"], fault: "must have a level for aws"),
    ])
    func `module levels come from the file or a variable; the fault for an unknown module lists all`(
        _ row: Row
    ) throws {
        let text = row.text.isEmpty || row.text.hasPrefix("[") ? row.text : "[log]\n" + row.text
        let root = try TOMLDocument(parsing: text).root
        do {
            let loaded = try GatewayConfig.read(root, file: "/x/gateway.toml", environment: row.environment)
            #expect(row.fault == nil)
            #expect(loaded.config.log.level == row.level && loaded.config.log.levels == row.levels)
        } catch {
            let fault = try #require(row.fault, "\(error)")
            #expect("\(error)".contains(fault), "\(error)")
        }
    }
}
