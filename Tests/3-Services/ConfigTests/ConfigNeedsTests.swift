import Bytes
import Config
import TOML
import Testing

/// Which faults stop a caller: only those in the settings that it uses.
struct ConfigNeedsTests {
    private func load(
        _ text: String,
        _ environment: [String: String] = [:],
        needing needs: ConfigNeeds
    ) throws -> LoadedConfig {
        let root = try TOMLDocument(parsing: text).root
        return try GatewayConfig.read(
            root,
            file: "gateway.toml",
            environment: environment,
            needing: needs
        )
    }

    private static let references = """
        [aws]
        access_key_id = "${ID}"
        secret_access_key = "${SECRET}"
        [local_lambda]
        listen = "0.0.0.0:9001"
        access_key_id = "${LOCAL_ID}"
        secret_access_key = "${LOCAL_SECRET}"
        """

    struct Row: Sendable, CustomTestStringConvertible {
        let needs: ConfigNeeds
        /// The sections whose missing variables stop the caller.
        let stops: [String]

        var testDescription: String { "\(needs)" }
    }

    @Test(arguments: [
        Row(needs: .everything, stops: ["aws", "local_lambda"]),
        Row(needs: .wholeFile(references: ["aws"]), stops: ["aws"]),
        Row(needs: .wholeFile(references: ["aws", "local_lambda"]), stops: ["aws", "local_lambda"]),
        Row(needs: .wholeFile(references: []), stops: []),
        Row(needs: .only(["store"]), stops: []), Row(needs: .only(["store", "aws"]), stops: ["aws"]),
    ])
    func `a missing variable stops only callers that need it`(_ row: Row) throws {
        do {
            let loaded = try load(Self.references, needing: row.needs)
            #expect(row.stops.isEmpty)
            #expect(loaded.setAside.count == 4 && loaded.setAside.allSatisfy { $0.isReference })
            // No other credentials may take the place of the intended ones.
            #expect(!loaded.config.aws.isComplete && !loaded.config.localLambda.isComplete)
            #expect(loaded.config.aws.credentials == nil)
        } catch let error as ConfigFaults {
            #expect(!row.stops.isEmpty, "\(error)")
            for section in row.stops { #expect(error.faults.contains { $0.key.hasPrefix("\(section).") }) }
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let text: String
        var environment: [String: String] = [:]
        /// The section of the fault; nil if it stops every caller.
        let section: String?

        var testDescription: String { "\(text.debugDescription) \(environment)" }
    }

    @Test(arguments: [
        Fault(text: "[log]\nlevel = \"loud\"", section: "log"),
        Fault(text: "[auth.jwt]\nissuers = 3", section: "auth"),
        Fault(text: "[agents]\nlisten = \"x\"\nnonsense = 1", section: "agents"),
        Fault(text: "[store]\npth = \"x\"", section: "store"),
        Fault(text: "[aws]\nsecret_access_key = \"plain\"", section: "aws"),
        Fault(text: "", environment: ["LOG_LEVEL": "loud"], section: "log"),
        Fault(text: "", environment: ["MCP_GATEWAY_STORE_PTH": "x"], section: "store"),
        Fault(text: "", environment: ["MCP_GATEWAY_AUTH_JWT_ISSUERZ": "x"], section: "auth"),
        Fault(text: "", environment: ["HTTPS_PROXY": "http://a\r\nb"], section: "environment"),
        Fault(text: "", environment: ["MCP_SERVER_PORT": "x"], section: "agents"),
        Fault(text: "[stor]\npath = \"x\"", section: nil), Fault(text: "path = \"x\"", section: nil),
    ])
    func `a fault stops callers that need its section; a fault without a section stops all`(
        _ fault: Fault
    ) throws {
        #expect(throws: ConfigFaults.self) { try load(fault.text, fault.environment, needing: .everything) }
        for section in ["store", "aws", "log", "agents", "auth", "environment"] {
            let isStopped = (try? load(fault.text, fault.environment, needing: .only([section]))) == nil
            #expect(isStopped == (fault.section == nil || fault.section == section), "\(section)")
        }
    }

    static let names = ["ID", "SECRET", "TOKEN", "LOCAL_ID", "LOCAL_SECRET"]
    private static let good = Dictionary(uniqueKeysWithValues: names.map { ($0, "value-of-\($0)") })

    private static let all =
        references.replacing("[local_lambda]", with: "session_token = \"${TOKEN}\"\n[local_lambda]")

    private func values(_ config: GatewayConfig) -> [String] {
        [
            config.aws.credentials?.accessKeyID, config.aws.credentials?.secretAccessKey,
            config.aws.credentials?.sessionToken, config.localLambda.accessKeyID,
            config.localLambda.secretAccessKey,
        ].map { $0?.revealedText ?? "" }
    }

    @Test(arguments: names, ["\n", "\r", "\r\n", " ", "\t"])
    func `white space around a secret is dropped`(_ name: String, _ blank: String) throws {
        let value = "value-of-\(name)"
        for text in [value + blank, blank + value, "\u{FEFF}\(value)\(blank)"] {
            let loaded = try load(Self.all, Self.good.merging([name: text]) { $1 }, needing: .everything)
            #expect(values(loaded.config) == Self.names.map { "value-of-\($0)" })
        }
    }

    @Test(arguments: names, ["\n", "\r", "\r\n", "\t", "\u{0}"])
    func `a control character in a secret is refused, naming the variable but not its value`(
        _ name: String,
        _ bad: String
    ) throws {
        let error = #expect(throws: ConfigFaults.self) {
            let environment = Self.good.merging([name: "some\(bad)thing"]) { $1 }
            _ = try load(Self.all, environment, needing: .everything)
        }
        let text = error?.description ?? ""
        #expect(error?.faults.count == 1 && text.contains("the variable \(name) holds"))
        #expect(!text.contains("some") && !text.contains("thing"))
        let own = #expect(throws: ConfigFaults.self) {
            let variable = "MCP_GATEWAY_AWS_ACCESS_KEY_ID"
            let environment = Self.good.merging([variable: "some\(bad)thing"]) { $1 }
            _ = try load(Self.all, environment, needing: .everything)
        }
        #expect(own?.description.contains("environment MCP_GATEWAY_AWS_ACCESS_KEY_ID: it holds") == true)
    }

    @Test func `white space around plain settings from the environment is dropped too`() throws {
        let environment = [
            "LOG_LEVEL": "warning\r\n", "AWS_REGION": " eu-west-1\n", "MCP_SERVER_PORT": "81\r",
            "MCP_GATEWAY_LOG_FORMAT": "json ", "HTTPS_PROXY": "http://p:1\r\n",
            "MCP_GATEWAY_STORE_PATH": "\r\n",
        ]
        let config = try load("", environment, needing: .everything).config
        #expect(config.log.level == .warning && config.log.format == .json)
        #expect(config.aws.region == "eu-west-1" && config.agents.listen.port == 81)
        #expect(
            config.proxy.https?.revealedText == "http://p:1"
                && config.store.path == GatewayConfig().store.path
        )
    }

    @Test func `a variable with the gateway's prefix that sets nothing gets a note`() throws {
        let loaded = try load(
            "",
            [
                "MCP_GATEWAY_UURL": "https://x", "MCP_GATEWAY_KEY": "k", "MCP_GATEWAY_URL": "u",
                "MCP_GATEWAY_CONTEXT": "c",
            ],
            needing: .everything
        )
        #expect(loaded.notes == ["the environment variable MCP_GATEWAY_UURL sets nothing"])
    }

    @Test func `changed settings are listed by name, secrets included, without values`() throws {
        func config(_ text: String, _ id: String = "a") throws -> LoadedConfig {
            let aws = "\n[aws]\naccess_key_id = \"${ID}\"\nsecret_access_key = \"${SECRET}\"\n"
            return try load(text + aws, ["ID": id, "SECRET": "s"], needing: .everything)
        }
        let first = try config("[log]\nlevel = \"info\"\n[agents]\nallowed_hosts = [\"a\"]")
        #expect(first.changes(to: first).isEmpty)
        // A default that is written out isn't a change.
        #expect(try first.changes(to: config("[agents]\nallowed_hosts = [\"a\"]")).isEmpty)
        let second = try config("[log]\nlevel = \"debug\"\n[store]\npath = \"/x\"", "b")
        #expect(
            first.changes(to: second)
                == ["agents.allowed_hosts", "store.path", "aws.access_key_id", "log.level"]
        )
    }
}
