import Config
import Testing
import TOML

@Suite("Settings of records")
struct RecordSettingsTests {
    private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
        let root = try TOMLDocument(parsing: text).root
        return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment)
    }

    @Test("are read, from the file and from the environment")
    func read() throws {
        let text = """
            [records]
            enabled = false
            directory = "calls"
            keep = "7d"
            bytes_max = 1048576
            queue_max = 1024
            receipts = true
            """
        let records = try load(text, ["MCP_GATEWAY_RECORDS_KEEP": "48h"]).config.records
        #expect(!records.isEnabled)
        #expect(records.directory == "etc/calls")
        #expect(records.keepDays == 2)
        #expect(records.bytesMax == 1 << 20)
        #expect(records.queueMax == 1_024)
        #expect(records.receipts)
    }

    @Test("without a folder, records are beside the store")
    func beside() throws {
        #expect(try load("[store]\npath = \"/data/store.db\"").config.records.directory == "/data/records")
        #expect(try load("").config.records.directory == "etc/var/records")
    }

    @Test(
        "that can't be are refused, with what they may be",
        arguments: [
            ("keep", "\"0d\""), ("keep", "\"401d\""), ("keep", "\"36h\""), ("keep", "30"),
            ("keep", "\"month\""),
            ("bytes_max", "1000"), ("bytes_max", "\"4GB\""), ("queue_max", "0"), ("enabled", "\"yes\""),
            ("directory", "\"\""), ("receipts", "1"),
        ]
    )
    func refused(_ key: String, _ value: String) throws {
        let error = try #require(throws: ConfigFaults.self) { try load("[records]\n\(key) = \(value)") }
        #expect(error.faults.count == 1)
        #expect(error.faults.first?.description.contains("records.\(key)") ?? false)
    }
}
