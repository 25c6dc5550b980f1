import Calendar
import Contracts
import Policy
import TOML

extension TargetFile {
    /// Reads how a target's calls are made: with which role, to which versions, and with which content; keys of
    /// `[target]`, and `[route]`.
    /// - Parameter functions: the functions that tools name for themselves.
    static func readInvoke(
        _ reader: inout SettingsReader,
        of target: TargetFile,
        functions: [(text: String, member: TOMLTable.Member)]
    ) -> InvokeSettings {
        var invoke = InvokeSettings()
        invoke.role = readRole(&reader)
        invoke.route = readRoute(&reader, of: target, functions: functions)
        invoke.logTail = reader.read("target", "log_tail", as: .word, default: .off)
        invoke.callerIdentity = reader.read("target", "caller_identity", as: .word, default: .none)
        if invoke.callerIdentity == .meta, !target.contract.sendsMeta {
            reader.refuse(
                "target",
                "caller_identity",
                "must be \"none\" or \"client-context\": the contract \(target.contract.rawValue) sends no _meta"
            )
        }
        invoke.httpPath = reader.readOptional("target", "http_path", as: .string(checkHTTPPath))
        invoke.httpHost = reader.readOptional("target", "http_host", as: .string(checkHTTPHost))
        for (key, value) in [("http_path", invoke.httpPath), ("http_host", invoke.httpHost)]
        where value != nil && !target.contract.sendsHTTP {
            reader.refuse(
                "target",
                key,
                "has no effect: the contract \(target.contract.rawValue) sends no HTTP events; "
                    + "\(Contract.words { $0.sendsHTTP }) does"
            )
        }
        invoke.architecture = reader.readOptional("target", "architecture", as: .word)
        invoke.memoryMB = reader.readOptional(
            "target",
            "memory_mb",
            as: .integer(InvokeSettings.memoryBounds, " MB")
        )
        invoke.tenantIsolation = reader.read("target", "tenant_isolation", as: .boolean, default: false)
        invoke.streaming = reader.read("target", "streaming", as: .boolean, default: false)
        if invoke.streaming, !target.contract.carriesStreams {
            reader.refuse(
                "target",
                "streaming",
                "has no effect: answers of the contract \(target.contract.rawValue) can't be streamed; those of "
                    + "\(Contract.words { $0.carriesStreams }) can"
            )
        }
        invoke.toolTimeoutsMs = readTimeouts(&reader)
        return invoke
    }

    /// Reads `[timeouts]`: `report = "5m"`, with the target's own names of tools as keys.
    private static func readTimeouts(_ reader: inout SettingsReader) -> [String: Int] {
        reader.knowFreely("timeouts")
        guard let section = reader.table("timeouts"), let header = reader.root.member("timeouts") else {
            return [:]
        }
        let countMax = InvokeSettings.toolTimeoutsMax
        guard section.members.count <= countMax else {
            reader.refuse(header, "has \(section.members.count) lines; at most \(countMax) are allowed")
            return [:]
        }
        var timeouts: [String: Int] = [:]
        for member in section.members {
            do throws(Refusal) {
                if case .table = member.value.content {
                    throw Refusal("must be a duration such as \"5m\"; a tool's name with a dot needs quotes")
                }
                guard isCatalogName(member.key) else { throw Refusal("is not a name that a tool can have") }
                let timeout = try SettingForm<Duration>.seconds(1...900).fromFile(member.value)
                timeouts[member.key] = Int(timeout.milliseconds)
            } catch {
                reader.refuse(member, error.message)
            }
        }
        return timeouts
    }

    /// Whether a tool, a prompt or a resource may have that name in the catalog, as far as its bytes say.
    private static func isCatalogName(_ name: String) -> Bool {
        (1...2_100).contains(name.utf8.count) && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func readRole(_ reader: inout SettingsReader) -> AssumedRole? {
        let arn = reader.readOptional("target", "role_arn", as: .string(checkRoleARN))
        let externalID = reader.readOptional("target", "external_id", as: .string(checkExternalID))
        let sessionName = reader.readOptional("target", "session_name", as: .string(checkSessionName))
        guard reader.table("target")?.member("role_arn") != nil else {
            for (key, value) in [("external_id", externalID), ("session_name", sessionName)]
            where value != nil {
                reader.refuse("target", key, "has no effect without role_arn")
            }
            return nil
        }
        return arn.map { AssumedRole(arn: $0, externalID: externalID, sessionName: sessionName) }
    }

    /// Reads `[route]`: versions or aliases and their weights.
    private static func readRoute(
        _ reader: inout SettingsReader,
        of target: TargetFile,
        functions: [(text: String, member: TOMLTable.Member)]
    ) -> VersionRoute? {
        reader.knowFreely("route")
        guard let section = reader.table("route"), let header = reader.root.member("route") else {
            return nil
        }
        var weights: [String: Int] = [:]
        var isSound = true
        for member in section.members {
            do throws(Refusal) {
                if let fault = checkQualifier(member.key) { throw Refusal(fault) }
                weights[member.key] = try SettingForm<Int>.integer(0...VersionRoute.weightMax).fromFile(
                    member.value
                )
            } catch {
                reader.refuse(member, error.message)
                isSound = false
            }
        }
        if target.qualifier != nil {
            reader.refuse(
                "target",
                "qualifier",
                "can't be used together with [route], whose versions are qualifiers; remove one"
            )
        }
        if let qualifier = functionQualifier(target.function) {
            reader.refuse(
                header,
                "can't be used together with a function that has the qualifier \(brief(qualifier)); remove one"
            )
        }
        for function in functions {
            guard let qualifier = functionQualifier(function.text) else { continue }
            reader.refuse(
                function.member,
                "has the qualifier \(brief(qualifier)), which can't be used together with [route]; remove one"
            )
        }
        guard isSound else { return nil }
        let route = VersionRoute(weights: weights)
        if route == nil {
            reader.refuse(
                header,
                "must name one or two versions or aliases with their weights, one above 0, as in live = 90"
            )
        }
        return route
    }
}

private func checkRoleARN(_ text: String) -> String? {
    AssumedRole.isARN(text)
        ? nil : "must be a role's ARN such as \"arn:aws:iam::123456789012:role/tools\", not \(brief(text))"
}

private func checkExternalID(_ text: String) -> String? {
    AssumedRole.isExternalID(text)
        ? nil : "must have 2 to 1224 characters, each a letter, a digit or one of _ + = , . @ : / -"
}

private func checkSessionName(_ text: String) -> String? {
    AssumedRole.isSessionName(text)
        ? nil : "must have 2 to 64 characters, each a letter, a digit or one of _ + = , . @ -"
}

private func checkHTTPPath(_ text: String) -> String? {
    InvokeSettings.isHTTPPath(text)
        ? nil
        : "must be a path such as \"/mcp\", without a query and at most 255 bytes long, not \(brief(text))"
}

private func checkHTTPHost(_ text: String) -> String? {
    InvokeSettings.isHTTPHost(text)
        ? nil : "must be a host such as \"localhost:8080\", at most 255 bytes long, not \(brief(text))"
}
