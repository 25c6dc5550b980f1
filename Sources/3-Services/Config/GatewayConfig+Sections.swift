import Bytes
import System
import TOML

extension GatewayConfig {
    mutating func readListeners(_ reader: inout SettingsReader, folder: String) {
        reader.read("agents", "listen", into: &agents.listen, as: .listenAddress)
        reader.read("agents", "allowed_hosts", into: &agents.allowedHosts, as: .list(checkHost))
        reader.read("agents", "allowed_origins", into: &agents.allowedOrigins, as: .list(checkOrigin))
        reader.read("agents", "instructions", into: &agents.instructions, as: .string(checkInstructions))
        reader.read("agents", "trusted_proxies", into: &agents.trustedProxies, as: .list(checkAddressRange))
        reader.read(
            "agents",
            "header_bytes_max",
            into: &agents.headerBytesMax,
            as: .integer(1024...1 << 20, " bytes")
        )
        reader.read(
            "agents",
            "body_bytes_max",
            into: &agents.bodyBytesMax,
            as: .integer(1024...64 << 20, " bytes")
        )
        reader.read("agents", "header_timeout", into: &agents.headerTimeout, as: .seconds(1...300))
        reader.read("agents", "body_timeout", into: &agents.bodyTimeout, as: .seconds(1...600))
        reader.read("agents", "idle_timeout", into: &agents.idleTimeout, as: .seconds(1...3600))
        reader.read("agents", "connections_max", into: &agents.connectionsMax, as: .integer(1...1_000_000))
        reader.read(
            "agents",
            "connections_per_peer_max",
            into: &agents.connectionsPerPeerMax,
            as: .integer(1...1_000_000)
        )
        readStreams(&reader)
        reader.read("admin", "listen", into: &admin.listen, as: .listenAddress)
        let certificate = reader.readOptional("tls", "certificate", as: .path(in: folder))
        let key = reader.readOptional("tls", "key", as: .path(in: folder))
        if let certificate, let key {
            tls = TLS(certificate: certificate, key: key)
        } else if certificate != nil {
            reader.refuse("tls", "certificate", "needs tls.key as well")
        } else if key != nil {
            reader.refuse("tls", "key", "needs tls.certificate as well")
        }
        store.path = Files.resolve(store.path, in: folder)
        reader.read("store", "path", into: &store.path, as: .path(in: folder))
        targets.directory = Files.resolve(targets.directory, in: folder)
        reader.read("targets", "directory", into: &targets.directory, as: .path(in: folder))
    }

    /// What agents leave open to be told of changes.
    private mutating func readStreams(_ reader: inout SettingsReader) {
        reader.read("agents", "streams_max", into: &agents.streamsMax, as: .integer(0...1_000_000))
        reader.read(
            "agents",
            "streams_per_key_max",
            into: &agents.streamsPerKeyMax,
            as: .integer(0...1_000_000)
        )
        reader.read("agents", "stream_keep_alive", into: &agents.streamKeepAlive, as: .seconds(1...300))
        reader.read("agents", "input_timeout", into: &agents.inputTimeout, as: .seconds(1...900))
        reader.read(
            "agents",
            "resource_poll",
            into: &agents.resourcePoll,
            as: .seconds(5...86_400, orZero: true)
        )
        reader.read(
            "agents",
            "resource_watches_per_stream_max",
            into: &agents.resourceWatchesPerStreamMax,
            as: .integer(1...256)
        )
        reader.read(
            "agents",
            "resource_watches_max",
            into: &agents.resourceWatchesMax,
            as: .integer(1...1_000_000)
        )
        if agents.resourcePoll > .zero, min(agents.streamsMax, agents.streamsPerKeyMax) == 0 {
            let setting = agents.streamsMax == 0 ? "streams_max" : "streams_per_key_max"
            reader.refuse(
                "agents",
                "resource_poll",
                "has no effect while agents.\(setting) is 0: no stream can be opened"
            )
        }
    }

    mutating func readAWS(_ reader: inout SettingsReader) {
        aws.region = reader.readOptional("aws", "region", as: .string(checkRegion), aliases: ["AWS_REGION"])
        aws.profile = reader.readOptional(
            "aws",
            "profile",
            as: .string(checkFilled),
            aliases: ["AWS_PROFILE"]
        )
        aws.endpoint = reader.readOptional(
            "aws",
            "endpoint",
            as: .string(checkEndpoint),
            aliases: ["AWS_ENDPOINT_URL_LAMBDA"]
        )
        let accessKeyID = reader.readSecret("aws", "access_key_id")
        let secretAccessKey = reader.readSecret("aws", "secret_access_key")
        let sessionToken = reader.readSecret("aws", "session_token")
        aws.isComplete = !reader.faults.contains { $0.isReference && $0.section == "aws" }
        if let accessKeyID, let secretAccessKey {
            aws.credentials = AWS.AccessKeys(
                accessKeyID: accessKeyID,
                secretAccessKey: secretAccessKey,
                sessionToken: sessionToken
            )
        } else if accessKeyID != nil, !mentions(reader, "secret_access_key") {
            reader.refuse("aws", "access_key_id", "needs aws.secret_access_key as well")
        } else if secretAccessKey != nil, !mentions(reader, "access_key_id") {
            reader.refuse("aws", "secret_access_key", "needs aws.access_key_id as well")
        } else if sessionToken != nil, !mentions(reader, "access_key_id"),
            !mentions(reader, "secret_access_key")
        {
            reader.refuse(
                "aws",
                "session_token",
                "needs aws.access_key_id and aws.secret_access_key as well"
            )
        }
    }

    /// Whether the key is present, even if its value was refused: in that case the value already has its own fault.
    private func mentions(_ reader: SettingsReader, _ key: String, of section: String = "aws") -> Bool {
        reader.table(section)?.member(key) != nil
    }

    mutating func readWork(_ reader: inout SettingsReader) {
        reader.read(
            "refresh",
            "interval",
            into: &refresh.interval,
            as: .seconds(10...86_400, orZero: true)
        )
        reader.read("refresh", "jitter", into: &refresh.jitter, as: .seconds(0...3600))
        reader.read("refresh", "timeout", into: &refresh.timeout, as: .seconds(1...900))
        reader.read("refresh", "parallel", into: &refresh.parallel, as: .integer(1...256))
        reader.read("refresh", "on_start", into: &refresh.onStart, as: .boolean)
        reader.read("defaults", "approval", into: &defaults.approval, as: .word)
        reader.read("defaults", "call_timeout", into: &defaults.callTimeout, as: .seconds(1...900))
        reader.read(
            "defaults",
            "tool_name_max",
            into: &defaults.toolNameMax,
            as: .integer(16...128, " characters")
        )
        reader.read("defaults", "page_size", into: &defaults.pageSize, as: .integer(1...10_000))
        reader.read(
            "defaults",
            "stream_message_bytes_max",
            into: &defaults.streamMessageBytesMax,
            as: .integer(1 << 20...64 << 20, " bytes")
        )
        reader.read(
            "defaults",
            "stream_bytes_max",
            into: &defaults.streamBytesMax,
            as: .integer(1 << 20...1 << 30, " bytes")
        )
        reader.read("limits", "request_rate", into: &limits.requestRate, as: .integer(1...1_000_000))
        reader.read("limits", "request_burst", into: &limits.requestBurst, as: .integer(1...1_000_000))
        reader.read("limits", "failure_rate", into: &limits.failureRate, as: .integer(1...1_000_000))
        reader.read("limits", "failure_burst", into: &limits.failureBurst, as: .integer(1...1_000_000))
        reader.read("server", "loops", into: &server.loops, as: .integer(0...256))
        reader.read(
            "server",
            "buffer_bytes_max",
            into: &server.bufferBytesMax,
            as: .integer(32 << 20...1 << 40, " bytes")
        )
        reader.read("server", "drain_timeout", into: &server.drainTimeout, as: .seconds(0...900))
        reader.read("log", "level", into: &log.level, as: .logLevel, aliases: ["LOG_LEVEL"])
        reader.read(
            "log",
            "levels",
            into: &log.levels,
            as: .logLevels,
            aliases: ["MCP_GATEWAY_LOG_LEVEL", "LOG_LEVEL"]
        )
        reader.read("log", "format", into: &log.format, as: .word)
        reader.read("log", "access", into: &log.access, as: .boolean)
    }

    mutating func readLocalLambda(_ reader: inout SettingsReader) {
        reader.read("local_lambda", "listen", into: &localLambda.listen, as: .listenAddress)
        reader.read("local_lambda", "output", into: &localLambda.output, as: .word)
        reader.read("local_lambda", "watch", into: &localLambda.watch, as: .boolean)
        let accessKeyID = reader.readSecret("local_lambda", "access_key_id")
        let secretAccessKey = reader.readSecret("local_lambda", "secret_access_key")
        localLambda.accessKeyID = accessKeyID ?? localLambda.accessKeyID
        localLambda.secretAccessKey = secretAccessKey ?? localLambda.secretAccessKey
        let isPublic =
            accessKeyID == nil && !mentions(reader, "access_key_id", of: "local_lambda")
            || secretAccessKey == nil && !mentions(reader, "secret_access_key", of: "local_lambda")
        localLambda.isComplete = !reader.faults.contains { $0.isReference && $0.section == "local_lambda" }
        if !localLambda.listen.isLoopback, isPublic {
            reader.refuse(
                "local_lambda",
                "listen",
                "off the loopback, access_key_id and secret_access_key must be set: the defaults are public"
            )
        }
    }

    /// Reads variables that other programs use too and that belong to no section.
    mutating func readVariables(_ reader: inout SettingsReader) {
        if let text = reader.variable("MCP_SERVER_PORT") {
            if let port = ListenAddress.port(text) {
                // The variable for the whole address takes precedence.
                if reader.variable("MCP_GATEWAY_AGENTS_LISTEN") == nil {
                    agents.listen.port = port
                    reader.override(
                        "agents",
                        "listen",
                        tomlString(agents.listen.description),
                        variable: "MCP_SERVER_PORT"
                    )
                }
            } else {
                reader.refuse(variable: "MCP_SERVER_PORT", of: "agents", "must be a port of 0 to 65535")
            }
        }
        let proxyName = reader.variable("HTTPS_PROXY") == nil ? "https_proxy" : "HTTPS_PROXY"
        proxy.https = reader.readVariable(proxyName, isSecret: true).map { Secret($0) }
        let exceptionsName = reader.variable("NO_PROXY") == nil ? "no_proxy" : "NO_PROXY"
        proxy.exceptions = entries(reader.readVariable(exceptionsName))
    }

    private func entries(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    /// Checks the buffer limit: a single caller may use half of it, and that half should hold two requests.
    func checkBuffers(_ reader: inout SettingsReader) {
        let least = 4 * (agents.bodyBytesMax + agents.headerBytesMax)
        guard server.bufferBytesMax < least else { return }
        reader.refuse(
            "server",
            "buffer_bytes_max",
            "must be at least four times agents.body_bytes_max and agents.header_bytes_max: \(least)"
        )
    }

    /// Checks that one message of a stream may not have more bytes than all together, nor more than a client's connection may hold.
    func checkStreams(_ reader: inout SettingsReader) {
        let least = Server.leastBufferBytes(forMessage: defaults.streamMessageBytesMax)
        if server.bufferBytesMax < least {
            reader.refuse(
                "server",
                "buffer_bytes_max",
                "must be at least twice defaults.stream_message_bytes_max and 64 KiB: \(least)"
            )
        }
        guard defaults.streamBytesMax < defaults.streamMessageBytesMax else { return }
        reader.refuse(
            "defaults",
            "stream_bytes_max",
            "must be at least defaults.stream_message_bytes_max: \(defaults.streamMessageBytesMax)"
        )
    }

    /// Checks that no two listeners share an address, unless the system chooses the port.
    func checkListeners(_ reader: inout SettingsReader) {
        let listeners = [
            ("agents", agents.listen), ("admin", admin.listen), ("local_lambda", localLambda.listen),
        ]
        for (index, (section, listen)) in listeners.enumerated() where listen.port != 0 {
            guard let other = listeners[..<index].first(where: { $0.1 == listen }) else { continue }
            reader.refuse(section, "listen", "is \(listen), as \(other.0).listen is; give each its own port")
        }
    }
}
