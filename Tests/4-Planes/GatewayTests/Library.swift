import Contracts
import JSON
import MCP
import Policy

/// A catalog of prompts, resources and templates, beside a tool of each target.
enum Library {
    static let targets = [
        TargetEntry(id: 1, name: "docs", function: "docs-fn", contract: .jsonrpc, approval: .open),
        TargetEntry(id: 2, name: "wiki", function: "wiki-fn", approval: .open),
        TargetEntry(id: 3, name: "web", function: "web-fn", contract: .httpV2, approval: .open),
    ]

    static func entry(
        _ kind: CatalogKind,
        _ target: Int,
        _ ownName: String,
        _ definition: String? = nil,
        state: ToolEntry.State = .active
    ) -> ToolEntry {
        let text = JSONValue.string(ownName).text
        let standard =
            switch kind {
            case .tool: #"{"name":\#(text),"inputSchema":{"type":"object"}}"#
            case .prompt: #"{"name":\#(text),"title":"T","x-own":[1E2],"arguments":[{"name":"city"}]}"#
            case .resource: #"{"uri":\#(text),"name":"n","size":7,"title":"T"}"#
            case .template: #"{"uriTemplate":\#(text),"name":"n"}"#
            case .instructions: #"{"instructions":\#(text)}"#
            }
        let definition = definition ?? standard
        let name = kind == .instructions ? kind.catalogName("") : kind.catalogName(ownName)
        return ToolEntry(
            kind: kind,
            exposedName: "\(targets[target].name)___\(name)",
            name: name,
            target: target,
            definition: Array(definition.utf8),
            sha256: digest("\(target) \(kind)" + definition),
            state: state
        )
    }

    static let entries = [
        entry(.tool, 0, "search"), entry(.prompt, 0, "search"),
        entry(.prompt, 0, "held", state: .quarantined),
        entry(.resource, 0, "file:///a"), entry(.template, 0, "file:///{+path}"),
        entry(.resource, 0, "same:x"),
        entry(.tool, 1, "find"), entry(.prompt, 1, "report"), entry(.resource, 1, "same:x"),
        entry(.resource, 1, "same:held", state: .quarantined), entry(.tool, 2, "get"),
        entry(.prompt, 2, "page"),
        entry(.resource, 2, "web:page"),
    ]

    static func snapshot(
        version: Int64 = 1,
        _ entries: [ToolEntry] = entries,
        keys: [KeyEntry] = [
            Keys.entry(1, Keys.good),
            Keys.entry(2, Keys.narrow, allow: ["*___search", "*___find", "*___get"]),
        ],
        limits: [LimitEntry] = []
    ) -> Snapshot {
        Snapshot(
            version: version,
            targets: targets,
            tools: entries,
            tenants: [TenantEntry(id: 1, name: "acme")],
            keys: keys,
            limits: limits,
            seed: 7
        )
    }
}

extension Ask {
    /// A message of an era, with the header that the modern one has for it.
    static func message(
        _ method: String,
        _ params: String,
        mirroring name: String? = nil,
        isModern: Bool
    ) -> Ask {
        guard isModern else { return .legacy(method, "{\(params)}", version: "2025-06-18") }
        let ask = Ask.modern(method, params)
        return name.map { ask.adding("Mcp-Name", $0) } ?? ask
    }

    static func prompt(_ name: String, _ arguments: String? = nil, isModern: Bool) -> Ask {
        let arguments = arguments.map { #","arguments":\#($0)"# } ?? ""
        return message("prompts/get", #""name":"\#(name)"\#(arguments)"#, mirroring: name, isModern: isModern)
    }

    static func read(_ uri: String, isModern: Bool) -> Ask {
        message("resources/read", #""uri":"\#(uri)""#, mirroring: uri, isModern: isModern)
    }

    static func complete(_ ref: String, isModern: Bool) -> Ask {
        let params =
            #""ref":\#(ref),"argument":{"name":"city","value":"Os"},"context":{"arguments":{"a":"b"}}"#
        return message("completion/complete", params, isModern: isModern)
    }
}
