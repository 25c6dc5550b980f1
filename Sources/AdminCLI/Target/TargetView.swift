import Control
import JSON
import Policy
import Store

// How targets are shown; shared by the verbs of this folder.

extension TargetRecord {
    /// See docs/cli-json.md.
    var json: JSONValue {
        [
            "name": .string(name.text),
            "function": .string(spec.function),
            "qualifier": .optional(spec.qualifier),
            "region": .optional(spec.region),
            "endpoint": .optional(spec.endpoint),
            "contract": .string(spec.contract),
            "approval": .string(spec.approval),
            "enabled": .bool(isEnabled),
            "timeoutMs": .int(spec.timeoutMs),
            "description": .optional(spec.description),
            "declaredTools": .bool(spec.toolsJSON != nil),
            "source": .string(source.rawValue),
            "file": .optional(spec.filePath),
            "tools": .int(toolCount),
            "createdAtMs": .optional(createdAtMs),
            "updatedAtMs": .optional(updatedAtMs),
            "refreshedAtMs": .optional(health.refreshedAtMs),
            "lastDurationMs": .optional(health.lastDurationMs.map { Int64($0) }),
            "lastError": .optional(health.lastError),
            "lastErrorAtMs": .optional(health.lastErrorAtMs),
        ]
    }

    /// One word for a list.
    var stateText: String {
        if !isEnabled { return "disabled" }
        if health.lastError != nil { return "failing" }
        return health.refreshedAtMs == nil ? "new" : "ok"
    }

    var detailText: String {
        details([
            ("name", name.text),
            ("function", spec.function),
            ("qualifier", spec.qualifier),
            ("region", spec.region),
            ("endpoint", spec.endpoint),
            ("contract", spec.contract),
            ("approval", spec.approval),
            ("state", stateText),
            ("timeout", "\(spec.timeoutMs) ms"),
            ("description", spec.description),
            ("declared", source == .file ? spec.filePath : "by command"),
            ("tools", spec.toolsJSON == nil ? "\(toolCount)" : "\(toolCount), declared"),
            ("created", timeText(createdAtMs)),
            ("updated", timeText(updatedAtMs)),
            ("refreshed", timeText(health.refreshedAtMs)),
            ("last error", health.lastError),
            ("last error at", timeText(health.lastErrorAtMs)),
        ])
    }
}

extension Usage.Option {
    /// What `target add` and `target update` share.
    static let declaration = [
        Usage.Option(name: "--contract", value: "C", summary: "mcp-wrapper (the default) or jsonrpc"),
        Usage.Option(name: "--region", value: "R", summary: "the function's region"),
        Usage.Option(name: "--qualifier", value: "Q", summary: "an alias, a version or $LATEST"),
        Usage.Option(
            name: "--endpoint",
            value: "URL",
            summary: "the Lambda API to use in place of AWS's own"
        ),
        Usage.Option(name: "--approval", value: "A", summary: "required, auto or open"),
        Usage.Option(name: "--timeout", value: "30s", summary: "for one call, 1s to 15m"),
        Usage.Option(name: "--description", value: "TEXT", summary: "what the target is for"),
        Usage.Option(
            name: "--tools",
            value: "FILE",
            summary: "a JSON array of tools, in place of asking the function"
        ),
    ]

    static let local = Usage.Option(
        name: "--local",
        value: nil,
        summary: "find the functions of target files at the local Lambda endpoint"
    )
}
