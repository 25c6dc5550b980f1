import Database
import JSON
import Policy
import Text

// How a target's functions are called, as the columns of `target` hold it.

/// Nine columns, from `role_arn` to `tenant_isolation`, as `selectTargets` has them. An unknown word counts as none.
func storedInvoke(_ row: borrowing Row, from column: Int) throws(StoreError) -> InvokeSettings {
    let role = row.text(at: column).map {
        AssumedRole(arn: $0, externalID: row.text(at: column + 1), sessionName: row.text(at: column + 2))
    }
    var invoke = InvokeSettings(role: role)
    if let text = row.text(at: column + 3) { invoke.route = try storedRoute(text) }
    invoke.logTail = LogTailChoice(rawValue: row.text(at: column + 4) ?? "") ?? .off
    invoke.callerIdentity = CallerIdentityPlace(rawValue: row.text(at: column + 5) ?? "") ?? .none
    invoke.httpPath = row.text(at: column + 6)
    invoke.httpHost = row.text(at: column + 7)
    invoke.tenantIsolation = row.int64(at: column + 8) != 0
    return invoke
}

/// Two columns, `architecture` and `memory_mb`. An unknown word counts as none.
func storedSize(_ row: borrowing Row, from column: Int, into invoke: inout InvokeSettings) {
    invoke.architecture = row.text(at: column).flatMap { Architecture(rawValue: $0) }
    invoke.memoryMB = row.isNull(at: column + 1) ? nil : Int(row.int64(at: column + 1))
}

/// Two columns, `streaming` and `tool_timeouts`.
func storedStreaming(
    _ row: borrowing Row,
    from column: Int,
    into invoke: inout InvokeSettings
) throws(StoreError) {
    invoke.streaming = row.int64(at: column) != 0
    guard let text = row.text(at: column + 1) else { return }
    let parsed = Result { () throws(JSONError) in try JSONValue(parsing: text) }
    guard case .success(.object(let timeouts)) = parsed else {
        throw StoreError(
            .corrupt,
            "the store holds timeouts of tools that can't be read: \(quoted(text))",
            hint: "restore it from a backup"
        )
    }
    for member in timeouts.members { invoke.toolTimeoutsMs[member.key] = member.value.intValue }
}

private func storedRoute(_ text: String) throws(StoreError) -> VersionRoute {
    let parsed = Result { () throws(JSONError) in try JSONValue(parsing: text) }
    var weights: [String: Int] = [:]
    if case .success(.object(let object)) = parsed {
        for member in object.members { weights[member.key] = member.value.intValue ?? -1 }
    }
    guard let route = VersionRoute(weights: weights) else {
        throw StoreError(
            .corrupt,
            "the store holds a route that can't be read: \(quoted(text))",
            hint: "restore it from a backup"
        )
    }
    return route
}

extension InvokeSettings {
    /// The values for the columns that `storedInvoke` reads.
    var columns: [Value] {
        [
            Value(role?.arn), Value(role?.externalID), Value(role?.sessionName), Value(route?.json.text),
            .text(logTail.rawValue), .text(callerIdentity.rawValue), Value(httpPath), Value(httpHost),
            .integer(tenantIsolation ? 1 : 0),
        ]
    }

    /// The values of `architecture` and `memory_mb`.
    var sizeColumns: [Value] { [Value(architecture?.rawValue), Value(memoryMB)] }

    /// The values of `streaming` and `tool_timeouts`.
    var streamingColumns: [Value] {
        [.integer(streaming ? 1 : 0), Value(toolTimeoutsMs.isEmpty ? nil : toolTimeoutsJSON.text)]
    }

    /// `{"report":300000}`, in order of the names.
    private var toolTimeoutsJSON: JSONValue {
        .object(JSONObject(toolTimeoutsMs.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
    }

    /// The fields that the audit log shows.
    var audited: [(String, JSONValue)] {
        [
            ("roleArn", .optional(role?.arn)), ("externalId", .optional(role?.externalID)),
            ("sessionName", .optional(role?.sessionName)), ("route", route?.json ?? .null),
            ("logTail", .string(logTail.rawValue)), ("callerIdentity", .string(callerIdentity.rawValue)),
            ("httpPath", .optional(httpPath)), ("httpHost", .optional(httpHost)),
            ("tenantIsolation", .bool(tenantIsolation)),
            ("architecture", .optional(architecture?.rawValue)),
            ("memoryMb", memoryMB.map { .int($0) } ?? .null),
            ("streaming", .bool(streaming)),
            ("toolTimeoutsMs", toolTimeoutsMs.isEmpty ? .null : toolTimeoutsJSON),
        ]
    }
}

extension VersionRoute {
    /// `{"live":90,"next":10}`
    fileprivate var json: JSONValue {
        .object(JSONObject(branches.map { ($0.qualifier, .int($0.weight)) }))
    }
}
