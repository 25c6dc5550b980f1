import TOML

extension GatewayConfig {
    mutating func readListeners(_ reader: inout SettingsReader, folder: String) {
        let second = Duration.seconds(1)
        agents.listen = reader.read("agents", "listen", as: .listenAddress, default: agents.listen)
        agents.allowedHosts = reader.read("agents", "allowed_hosts", as: .list(checkHost), default: [])
        agents.allowedOrigins = reader.read("agents", "allowed_origins", as: .list(checkOrigin), default: [])
        agents.headerBytesMax = reader.read(
            "agents",
            "header_bytes_max",
            as: .integer(1024...1 << 20, unit: " bytes"),
            default: agents.headerBytesMax
        )
        agents.bodyBytesMax = reader.read(
            "agents",
            "body_bytes_max",
            as: .integer(1024...64 << 20, unit: " bytes"),
            default: agents.bodyBytesMax
        )
        agents.headerTimeout = reader.read(
            "agents",
            "header_timeout",
            as: .duration(second...second * 300),
            default: agents.headerTimeout
        )
        agents.bodyTimeout = reader.read(
            "agents",
            "body_timeout",
            as: .duration(second...second * 600),
            default: agents.bodyTimeout
        )
        agents.idleTimeout = reader.read(
            "agents",
            "idle_timeout",
            as: .duration(second...second * 3600),
            default: agents.idleTimeout
        )
        agents.connectionsMax = reader.read(
            "agents",
            "connections_max",
            as: .integer(1...1_000_000),
            default: agents.connectionsMax
        )
        admin.listen = reader.read("admin", "listen", as: .listenAddress, default: admin.listen)
        let certificate = reader.readOptional("tls", "certificate", as: .path(in: folder))
        let key = reader.readOptional("tls", "key", as: .path(in: folder))
        if let certificate, let key {
            tls = TLS(certificate: certificate, key: key)
        } else if certificate != nil {
            reader.refuse("tls", "certificate", "needs tls.key beside it")
        } else if key != nil {
            reader.refuse("tls", "key", "needs tls.certificate beside it")
        }
        store.path = reader.read(
            "store",
            "path",
            as: .path(in: folder),
            default: resolve(store.path, in: folder)
        )
        targets.directory = reader.read(
            "targets",
            "directory",
            as: .path(in: folder),
            default: resolve(targets.directory, in: folder)
        )
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
        if let accessKeyID, let secretAccessKey {
            aws.credentials = AWS.Credentials(
                accessKeyID: accessKeyID,
                secretAccessKey: secretAccessKey,
                sessionToken: sessionToken
            )
        } else if accessKeyID != nil, !mentions(reader, "secret_access_key") {
            reader.refuse("aws", "access_key_id", "needs aws.secret_access_key beside it")
        } else if secretAccessKey != nil, !mentions(reader, "access_key_id") {
            reader.refuse("aws", "secret_access_key", "needs aws.access_key_id beside it")
        } else if sessionToken != nil, !mentions(reader, "access_key_id"),
            !mentions(reader, "secret_access_key")
        {
            reader.refuse(
                "aws",
                "session_token",
                "needs aws.access_key_id and aws.secret_access_key beside it"
            )
        }
    }

    /// Whether the key is there, though perhaps refused: then its own fault is enough.
    private func mentions(_ reader: SettingsReader, _ key: String) -> Bool {
        reader.table("aws")?.member(key) != nil
    }

    mutating func readWork(_ reader: inout SettingsReader) {
        let second = Duration.seconds(1)
        refresh.interval = reader.read(
            "refresh",
            "interval",
            as: .duration(second * 10...second * 86_400, orZero: true),
            default: refresh.interval
        )
        refresh.jitter = reader.read(
            "refresh",
            "jitter",
            as: .duration(.zero...second * 3600),
            default: refresh.jitter
        )
        refresh.timeout = reader.read(
            "refresh",
            "timeout",
            as: .duration(second...second * 900),
            default: refresh.timeout
        )
        refresh.parallel = reader.read(
            "refresh",
            "parallel",
            as: .integer(1...256),
            default: refresh.parallel
        )
        refresh.onStart = reader.read("refresh", "on_start", as: .boolean, default: refresh.onStart)
        defaults.approval = reader.read("defaults", "approval", as: .word, default: defaults.approval)
        defaults.callTimeout = reader.read(
            "defaults",
            "call_timeout",
            as: .duration(second...second * 900),
            default: defaults.callTimeout
        )
        defaults.toolNameMax = reader.read(
            "defaults",
            "tool_name_max",
            as: .integer(16...128, unit: " characters"),
            default: defaults.toolNameMax
        )
        defaults.pageSize = reader.read(
            "defaults",
            "page_size",
            as: .integer(1...1000),
            default: defaults.pageSize
        )
        server.loops = reader.read("server", "loops", as: .integer(0...256), default: server.loops)
        server.drainTimeout = reader.read(
            "server",
            "drain_timeout",
            as: .duration(.zero...second * 900),
            default: server.drainTimeout
        )
        log.level = reader.read("log", "level", as: .logLevel, default: log.level, aliases: ["LOG_LEVEL"])
        log.format = reader.read("log", "format", as: .word, default: log.format)
    }

    mutating func readLocalLambda(_ reader: inout SettingsReader) {
        localLambda.listen = reader.read(
            "local_lambda",
            "listen",
            as: .listenAddress,
            default: localLambda.listen
        )
        let accessKeyID = reader.readSecret("local_lambda", "access_key_id")
        let secretAccessKey = reader.readSecret("local_lambda", "secret_access_key")
        localLambda.accessKeyID = accessKeyID ?? localLambda.accessKeyID
        localLambda.secretAccessKey = secretAccessKey ?? localLambda.secretAccessKey
        if !localLambda.listen.isLoopback, accessKeyID == nil || secretAccessKey == nil {
            reader.refuse(
                "local_lambda",
                "listen",
                "off the loopback, access_key_id and secret_access_key must be set: the defaults are public"
            )
        }
    }

    /// Variables that users know from elsewhere and that no section holds.
    mutating func readVariables(_ reader: inout SettingsReader) {
        if let text = reader.variable("MCP_SERVER_PORT") {
            if let port = ListenAddress.port(text) {
                // The address's own variable is the stronger one.
                if reader.variable("MCP_GATEWAY_AGENTS_LISTEN") == nil {
                    agents.listen.port = port
                    reader.override(
                        "agents",
                        "listen",
                        quoted(agents.listen.description),
                        variable: "MCP_SERVER_PORT"
                    )
                }
            } else {
                reader.refuse(variable: "MCP_SERVER_PORT", "must be a port of 0 to 65535")
            }
        }
        let proxyName = reader.variable("HTTPS_PROXY") == nil ? "https_proxy" : "HTTPS_PROXY"
        proxy.https = reader.readVariable(proxyName, isSecret: true).map { Secret($0) }
        let exceptionsName = reader.variable("NO_PROXY") == nil ? "no_proxy" : "NO_PROXY"
        proxy.exceptions = entries(reader.readVariable(exceptionsName))
        discovery.functionPrefix = reader.readVariable("FUNCTION_PREFIX")
        discovery.functionList = entries(reader.readVariable("FUNCTION_LIST"))
        discovery.functionTagKey = reader.readVariable("FUNCTION_TAG_KEY")
        discovery.functionTagValue = reader.readVariable("FUNCTION_TAG_VALUE")
        for name in ["FUNCTION_PREFIX", "FUNCTION_LIST", "FUNCTION_TAG_KEY", "FUNCTION_TAG_VALUE"]
        where reader.variable(name) != nil {
            reader.add(note: "\(name) is set, but this version does not discover functions: use `target add`")
        }
    }

    private func entries(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    /// Two listeners can't share a port, unless the system chooses it.
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
