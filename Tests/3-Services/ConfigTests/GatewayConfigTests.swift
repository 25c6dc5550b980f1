import Bytes
import Config
import Foundation
import Policy
import System
import Testing
import TestSupport
import TOML

/// Reads `text` as a gateway.toml in the folder `etc`.
private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
    let root = try TOMLDocument(parsing: text).root
    return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment)
}

private func faults(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
    let error = try #require(throws: ConfigFaults.self) { try load(text, environment) }
    return error.faults.map { $0.description }
}

private let sample = Repository.path("gateway.toml")

struct GatewayConfigTests {
    @Test
    func `the sample gateway.toml holds exactly the defaults`() throws {
        let document = try TOMLDocument(parsing: Files.read(sample, bytesMax: 1 << 20))
        let loaded = try GatewayConfig.read(document.root, file: "gateway.toml", environment: [:])
        #expect(loaded.config == GatewayConfig())
        #expect(loaded.notes.isEmpty)
        // The default folder of records depends on the store's path.
        let follows = loaded.settings.filter { $0.section == "records" && $0.key == "directory" }
        #expect(follows.map { $0.value } == ["\"var/records\""])
        for setting in loaded.settings where setting.value != nil && setting.section != "environment" {
            if setting.section == "records" && setting.key == "directory" { continue }
            let isFromFile = if case .file = setting.origin { true } else { false }
            #expect(isFromFile || setting.value == "\"<redacted>\"", "\(setting.section).\(setting.key)")
        }
    }

    @Test
    func `the sample names every key, and its commented keys are valid`() throws {
        let text = String(decoding: try Files.read(sample, bytesMax: 1 << 20), as: UTF8.self)
        let live = text.split(separator: "\n").map { line in
            let rest = line.hasPrefix("# ") ? line.dropFirst(2) : line
            let isSetting = rest.split(separator: " ").dropFirst().first == "=" || rest.hasPrefix("[[")
            return isSetting ? String(rest) : String(line)
        }
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map {
            "GATEWAY_\($0)"
        }
        let locals = [
            "LOCAL_LAMBDA_ACCESS_KEY_ID", "LOCAL_LAMBDA_SECRET_ACCESS_KEY", "COLLECTOR_API_KEY",
        ]
        let environment = Dictionary(uniqueKeysWithValues: (names + locals).map { ($0, "value of \($0)") })
        // The sample's endpoint is the local Lambda's; no other two settings conflict.
        let loaded = try load(live.joined(separator: "\n"), environment)
        let missing = loaded.settings.filter { $0.value == nil || $0.origin == .builtIn }
        #expect(missing.isEmpty, "\(missing)")
        #expect(loaded.config.discovery.map { $0.name } == ["crm"])
        #expect(
            loaded.config.aws.credentials?.secretAccessKey.revealedText
                == "value of GATEWAY_AWS_SECRET_ACCESS_KEY"
        )
    }

    @Test
    func `every key's value is read, and paths are relative to the file's folder`() throws {
        let config = try load(
            """
            [agents]
            listen = "[::1]:0"
            allowed_hosts = ["a.example", "b.example:8443"]
            allowed_origins = ["https://chat.example.com"]
            header_bytes_max = 65_536
            idle_timeout = "500s"
            resource_poll = "5s"
            resource_watches_per_stream_max = 256
            resource_watches_max = 1
            [tls]
            certificate = "c.pem"
            key = "/abs/k.pem"
            [store]
            path = "x.db"
            [refresh]
            interval = "0s"
            jitter = "500ms"
            on_start = false
            [defaults]
            approval = "open"
            [log]
            format = "json"
            """
        ).config
        #expect(config.agents.listen == ListenAddress(host: "::1", port: 0))
        #expect(config.agents.allowedHosts == ["a.example", "b.example:8443"])
        #expect(config.agents.allowedOrigins == ["https://chat.example.com"])
        #expect(config.agents.headerBytesMax == 65_536 && config.agents.idleTimeout == .seconds(500))
        #expect(config.agents.resourcePoll == .seconds(5))
        #expect(config.agents.resourceWatchesPerStreamMax == 256 && config.agents.resourceWatchesMax == 1)
        #expect(config.tls == GatewayConfig.TLS(certificate: "etc/c.pem", key: "/abs/k.pem"))
        #expect(config.store.path == "etc/x.db" && config.targets.directory == "etc/targets")
        #expect(config.refresh.interval == .zero && config.refresh.jitter == .milliseconds(500))
        #expect(!config.refresh.onStart && config.defaults.approval == .open && config.log.format == .json)
    }

    @Test
    func `all faults are reported at once, in the file's order, each with its line and key`() throws {
        let found = try faults(
            """
            [agents]
            listen = "3000"
            lisen = "127.0.0.1:1"
            header_bytes_max = "32k"
            body_bytes_max = 12
            idle_timeout = 75
            allowed_hosts = ["a", "a"]
            allowed_origins = ["https://x/path"]
            resource_poll = "4s"
            resource_watches_per_stream_max = 0
            [agent]
            [defaults]
            approval = "opne"
            call_timeout = "1.5s"
            [refresh]
            interval = "2s"
            on_start = "yes"
            [store]
            path = "${HOME}/x.db"
            [tls]
            certificate = "c.pem"
            """,
            ["MCP_GATEWAY_LOG_LEVEL": "loud", "MCP_GATEWAY_REFRESH_INTREVAL": "1m"]
        )
        let expected = [
            "etc/gateway.toml:2: agents.listen: must be \"host:port\", as",
            "etc/gateway.toml:3: agents.lisen: unknown key; did you mean \"listen\"?",
            "etc/gateway.toml:4: agents.header_bytes_max: must be a whole number of 1024 to 1048576 bytes, not a string",
            "etc/gateway.toml:5: agents.body_bytes_max: must be a whole number of 1024 to 67108864 bytes, not 12",
            "etc/gateway.toml:6: agents.idle_timeout: must be a duration such as \"30s\" (units ms, s, m, h, d), not an",
            "etc/gateway.toml:7: agents.allowed_hosts: holds \"a\" twice",
            "etc/gateway.toml:8: agents.allowed_origins: entry 1, \"https://x/path\", must be an origin",
            "etc/gateway.toml:9: agents.resource_poll: must be 5s to 1d, or 0s, not \"4s\"",
            "etc/gateway.toml:10: agents.resource_watches_per_stream_max: must be a whole number of 1 to 256",
            "etc/gateway.toml:11: agent: unknown section; did you mean [agents]?",
            "etc/gateway.toml:13: defaults.approval: must be \"required\", \"auto\", \"open\", not \"opne\"; did you mean \"open\"?",
            "etc/gateway.toml:14: defaults.call_timeout: must be a duration such as \"30s\"",
            "etc/gateway.toml:16: refresh.interval: must be 10s to 1d, or 0s, not \"2s\"",
            "etc/gateway.toml:17: refresh.on_start: must be true or false, not a string",
            "etc/gateway.toml:19: store.path: a ${NAME} reference is read only where a secret belongs",
            "etc/gateway.toml:21: tls.certificate: needs tls.key as well",
            "environment MCP_GATEWAY_LOG_LEVEL: must be \"debug\", \"info\", \"warning\", \"error\"",
            "environment MCP_GATEWAY_REFRESH_INTREVAL: sets no known key; did you mean MCP_GATEWAY_REFRESH_INTERVAL?",
        ]
        #expect(found.count == expected.count, "\(found.joined(separator: "\n"))")
        for (fault, prefix) in zip(found, expected) { #expect(fault.hasPrefix(prefix), "\(fault)") }
    }

    struct Single: Sendable {
        let text: String
        var environment: [String: String] = [:]
        let fault: String
    }

    @Test(arguments: [
        Single(
            text: "[server]\nbuffer_bytes_max = 33554432\n[defaults]\nstream_message_bytes_max = 16777216",
            fault:
                "etc/gateway.toml:2: server.buffer_bytes_max: must be at least twice defaults.stream_message_bytes_max"
        ),
        Single(
            text: "[agents]\nstreams_max = 0\nresource_poll = \"30s\"",
            fault: "etc/gateway.toml:3: agents.resource_poll: has no effect while agents.streams_max is 0"
        ),
        Single(
            text: "[agents]\nresource_poll = \"30s\"\nstreams_per_key_max = 0",
            fault:
                "etc/gateway.toml:2: agents.resource_poll: has no effect while agents.streams_per_key_max is 0"
        ),
        Single(
            text: "[agents]\nresource_watches_max = 0",
            fault: "etc/gateway.toml:2: agents.resource_watches_max: must be a whole number of 1 to 1000000"
        ),
        Single(
            text: "listen = \"x\"",
            fault: "etc/gateway.toml:1: listen: unknown section; it belongs below [agents]"
        ),
        Single(
            text: "[nonsense]",
            fault: "etc/gateway.toml:1: nonsense: unknown section; the sections are [agents],"
        ),
        Single(
            text: "log = 1",
            fault: "etc/gateway.toml:1: log: must be a section, written [log], not an integer"
        ),
        Single(
            text: "[[log]]",
            fault: "etc/gateway.toml:1: log: must be a section, written [log], not an array"
        ),
        Single(
            text: "[log]\nzzzzzz = 1",
            fault: "etc/gateway.toml:2: log.zzzzzz: unknown key; [log] has level, levels, format, access"
        ),
        Single(
            text: "[aws]\nregion = \"EU\"",
            fault: "etc/gateway.toml:2: aws.region: must be a region such as"
        ),
        Single(
            text: "[aws]\nendpoint = \"ftp://x\"",
            fault: "etc/gateway.toml:2: aws.endpoint: must be a URL such as"
        ),
        Single(
            text: "[admin]\nlisten = \"127.0.0.1:3000\"",
            fault: "etc/gateway.toml:2: admin.listen: is 127.0.0.1:3000, as agents"
        ),
        Single(
            text: "[agents]\nlisten = \"127.0.0.1:70000\"",
            fault: "etc/gateway.toml:2: agents.listen: must be \"host:port\""
        ),
        Single(
            text: "[agents]\ninstructions = \"\"\"\n\(String(repeating: "é", count: 2049))\"\"\"",
            fault: "etc/gateway.toml:2: agents.instructions: has 4098 bytes; 4096 are allowed"
        ),
        Single(
            text: "[agents]\ninstructions = \"a\\u001Bb\"",
            fault: "etc/gateway.toml:2: agents.instructions: must not hold control characters"
        ),
        Single(
            text: "[defaults]\npage_size = 10001",
            fault: "etc/gateway.toml:2: defaults.page_size: must be a whole number of 1 to 10000, not 10001"
        ),
        Single(
            text: "[defaults]\nstream_message_bytes_max = 1000",
            fault:
                "etc/gateway.toml:2: defaults.stream_message_bytes_max: must be a whole number of 1048576 to 67108864"
        ),
        Single(
            text: "[defaults]\nstream_bytes_max = 2147483648",
            fault:
                "etc/gateway.toml:2: defaults.stream_bytes_max: must be a whole number of 1048576 to 1073741824"
        ),
        Single(
            text: "[defaults]\nstream_bytes_max = 1048576\nstream_message_bytes_max = 1048577",
            fault:
                "etc/gateway.toml:2: defaults.stream_bytes_max: must be at least defaults.stream_message_bytes_max: 1048577"
        ),
        Single(
            text: "",
            environment: ["MCP_SERVER_PORT": "tcp://1"],
            fault: "environment MCP_SERVER_PORT: must be a port"
        ),
        Single(
            text: "",
            environment: ["AWS_REGION": "nowhere!"],
            fault: "environment AWS_REGION: must be a region"
        ),
        Single(
            text: "",
            environment: ["MCP_GATEWAY_SERVER_LOOPS": "two"],
            fault: "environment MCP_GATEWAY_SERVER_LOOPS: must be a whole"
        ),
        Single(
            text: "[local_lambda]\nlisten = \"0.0.0.0:9001\"",
            fault: "etc/gateway.toml:2: local_lambda.listen: off the loopback"
        ),
        Single(
            text: "[cloudwatch]\nmetrics = \"udp://127.0.0.1:25888\"",
            fault:
                "etc/gateway.toml:2: cloudwatch.metrics: must be \"off\", \"stdout\" or the CloudWatch agent's"
        ),
        Single(
            text: "[cloudwatch]\nmetrics = \"tcp://127.0.0.1:0\"",
            fault: "etc/gateway.toml:2: cloudwatch.metrics: must be"
        ),
        Single(
            text: "[cloudwatch]\nmetrics = \"stdout\"\nlog_group = \"x\"",
            fault: "etc/gateway.toml:3: cloudwatch.log_group: is for the CloudWatch agent: it needs"
        ),
        Single(
            text: "[cloudwatch]\nmetrics = \"tcp://agent:25888\"\nlog_group = \"a group\"",
            fault: "etc/gateway.toml:3: cloudwatch.log_group: must be letters, digits"
        ),
    ])
    func `each invalid value causes exactly one fault`(_ row: Single) throws {
        let found = try faults(row.text, row.environment)
        #expect(found.count == 1 && found[0].hasPrefix(row.fault), "\(found)")
    }

    @Test(arguments: ["AKIAEXAMPLEKEY", "${", "${A-B}", "${9A}", "x${NAME}", "${NAME} ", "${}"])
    func `a secret in the file is refused and never shown`(_ value: String) throws {
        let found = try faults("[aws]\nsecret_access_key = \"\(value)\"", ["NAME": "hidden"])
        #expect(
            found.count == 1 && found[0].hasPrefix("etc/gateway.toml:2: aws.secret_access_key: "),
            "\(found)"
        )
        #expect(!found[0].contains("AKIA") && !found[0].contains("hidden") && !found[0].contains("A-B"))
    }

    @Test
    func `a reference to a missing variable and an incomplete credential are faults`() throws {
        #expect(
            try faults("[aws]\naccess_key_id = \"${NO_SUCH}\"\nsession_token = \"${T}\"", ["T": "t"])
                == [
                    "etc/gateway.toml:2: aws.access_key_id: the environment has no NO_SUCH; set it, or remove this key"
                ]
        )
        #expect(
            try faults("[aws]\naccess_key_id = \"${ID}\"", ["ID": "id"])
                == ["etc/gateway.toml:2: aws.access_key_id: needs aws.secret_access_key as well"]
        )
    }

    @Test
    func `the environment takes precedence over the file, and each value's origin is known`() throws {
        let environment = [
            "MCP_GATEWAY_AGENTS_ALLOWED_HOSTS": "a.example, b.example", "MCP_SERVER_PORT": "0",
            "LOG_LEVEL": "WARN",
            "AWS_REGION": "eu-central-1", "MCP_GATEWAY_AWS_REGION": "eu-west-1", "AWS_PROFILE": "",
            "SECRET": "s3cret",
            "AWS_ENDPOINT_URL_LAMBDA": "http://localhost:9001", "HTTPS_PROXY": "http://u:s3cret@proxy:1",
            "no_proxy": "a,b", "MCP_GATEWAY_AWS_ACCESS_KEY_ID": "s3cret-id",
        ]
        let loaded = try load(
            "[agents]\nlisten = \"0.0.0.0:80\"\n[aws]\nsecret_access_key = \"${SECRET}\"\n",
            environment
        )
        #expect(loaded.config.agents.listen == ListenAddress(host: "0.0.0.0", port: 0))
        #expect(loaded.config.agents.allowedHosts == ["a.example", "b.example"])
        #expect(loaded.config.log.level == .warning && loaded.config.aws.region == "eu-west-1")
        #expect(loaded.config.aws.profile == nil && loaded.config.aws.endpoint == "http://localhost:9001")
        #expect(loaded.config.aws.credentials?.accessKeyID.revealedText == "s3cret-id")
        #expect(loaded.config.proxy.https?.revealedText == "http://u:s3cret@proxy:1")
        #expect(loaded.config.proxy.exceptions == ["a", "b"])
        let shown = loaded.settings.map { "\($0.section).\($0.key) = \($0.value ?? "-") # \($0.origin)" }
        for line in [
            "agents.listen = \"0.0.0.0:0\" # env MCP_SERVER_PORT",
            "aws.region = \"eu-west-1\" # env MCP_GATEWAY_AWS_REGION",
            "aws.profile = - # default", "log.level = \"warning\" # env LOG_LEVEL",
            "refresh.interval = \"5m\" # default",
            "aws.secret_access_key = \"<redacted>\" # etc/gateway.toml:4 (env SECRET)",
            "environment.HTTPS_PROXY = \"<redacted>\" # env HTTPS_PROXY",
        ] { #expect(shown.contains(line), "\(line)") }
        var dumped = ""
        dump(loaded, to: &dumped)
        #expect(!(dumped + "\(loaded) \(String(reflecting: loaded))").contains("s3cret"))
    }

    struct Exposure: Sendable {
        var agents = "127.0.0.1:3000"
        var admin = "127.0.0.1:3001"
        var more = ""
        /// The beginnings of the expected notes.
        var notes: [String] = []
    }

    @Test(arguments: [
        Exposure(),
        Exposure(agents: "localhost:3000", admin: "[::1]:3001"),
        Exposure(agents: "0.0.0.0:3000", notes: ["agents.listen is 0.0.0.0:3000 and speaks plain HTTP"]),
        Exposure(agents: "[::]:3000", notes: ["agents.listen is [::]:3000 and speaks plain HTTP"]),
        Exposure(agents: "10.0.0.7:3000", notes: ["agents.listen is 10.0.0.7:3000"]),
        Exposure(admin: "0.0.0.0:3001", notes: ["admin.listen is 0.0.0.0:3001 and speaks plain HTTP"]),
        Exposure(
            agents: "0.0.0.0:3000",
            admin: "0.0.0.0:3001",
            notes: ["agents.listen is 0.0.0.0:3000", "admin.listen is 0.0.0.0:3001"]
        ),
        Exposure(
            agents: "0.0.0.0:443",
            admin: "0.0.0.0:3001",
            more: "[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"",
            notes: ["admin.listen is 0.0.0.0:3001"]
        ),
        Exposure(agents: "0.0.0.0:3000", admin: "0.0.0.0:3001", more: "proxy"),
    ])
    func `a plain HTTP listener that other machines can reach gets a note, unless a proxy is named`(
        _ row: Exposure
    )
        throws
    {
        let proxy = row.more == "proxy" ? "trusted_proxies = [\"10.0.0.0/8\"]" : ""
        let text = """
            [agents]
            listen = "\(row.agents)"
            \(proxy)
            [admin]
            listen = "\(row.admin)"
            \(proxy.isEmpty ? row.more : "")
            """
        let notes = try load(text).notes
        #expect(notes.count == row.notes.count, "\(notes)")
        for (note, beginning) in zip(notes, row.notes) {
            #expect(note.hasPrefix(beginning))
            #expect(note.contains("agents.trusted_proxies"), "it says what to do")
        }
    }

    @Test
    func `variables of Kubernetes, of commands and of unknown sections are not faults`() throws {
        let loaded = try load(
            "",
            [
                "MCP_GATEWAY_SERVICE_HOST": "10.0.0.1", "MCP_GATEWAY_PORT": "tcp://10.0.0.1:3000",
                "MCP_GATEWAY_PORT_3000_TCP_ADDR": "10.0.0.1", "MCP_GATEWAY_ADMIN_SERVICE_PORT": "3001",
                "MCP_GATEWAY_ADMIN_PORT": "tcp://10.0.0.1:3001", "MCP_GATEWAY_KEY": "k",
                "MCP_GATEWAY_ADMIN_TOKEN": "t",
                "MCP_GATEWAY_AGENT_LISTEN": "x", "FUNCTION_PREFIX": "mcp-",
            ]
        )
        #expect(
            loaded.notes == [
                "the environment variable MCP_GATEWAY_AGENT_LISTEN sets nothing; did you mean MCP_GATEWAY_AGENTS_LISTEN?"
            ]
        )
        #expect(loaded.config.discovery.map { $0.prefix } == ["mcp-"])
        #expect(try faults("", ["MCP_GATEWAY_AGENTS_PORT": "3000"]).count == 1)
    }

    @Test
    func `a missing file and a file that isn't TOML are one fault each`() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/gateway.toml"
            let absent = try #require(throws: ConfigFaults.self) {
                try GatewayConfig.load(file: path, environment: [:])
            }
            #expect(absent.description == "\(path): can't be read: No such file or directory")
            try "[agents]\nlisten = \"a\"\nlisten = \"b\"".write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            let twice = try #require(throws: ConfigFaults.self) {
                try GatewayConfig.load(file: nil, environment: ["MCP_GATEWAY_CONFIG": path])
            }
            #expect(twice.description.hasPrefix("\(path):3: not valid TOML, column 10: "), "\(twice)")
        }
    }
}
