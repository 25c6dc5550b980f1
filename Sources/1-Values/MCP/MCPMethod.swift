import Bytes
package import JSON

/// The method of a message. The protocol's names are cases; any other name is `unknown`.
package enum MCPMethod: String, Sendable, CaseIterable {
    case discover = "server/discover"
    case initialize
    case ping
    case toolsList = "tools/list"
    case toolsCall = "tools/call"
    case promptsList = "prompts/list"
    case promptsGet = "prompts/get"
    case resourcesList = "resources/list"
    case resourceTemplatesList = "resources/templates/list"
    case resourcesRead = "resources/read"
    case resourcesSubscribe = "resources/subscribe"
    case resourcesUnsubscribe = "resources/unsubscribe"
    case completionComplete = "completion/complete"
    case setLogLevel = "logging/setLevel"
    case listen = "subscriptions/listen"
    case tasksGet = "tasks/get"
    case tasksUpdate = "tasks/update"
    case tasksCancel = "tasks/cancel"
    case initialized = "notifications/initialized"
    case cancelled = "notifications/cancelled"
    case unknown = ""

    /// The method of that name, its escapes decoded; `.unknown` for any other. No allocation on the common
    /// ones.
    package init(_ name: JSONName, in bytes: Span<UInt8>) {
        if name.equals("tools/call", in: bytes) {
            self = .toolsCall
        } else if name.equals("tools/list", in: bytes) {
            self = .toolsList
        } else if name.equals("ping", in: bytes) {
            self = .ping
        } else {
            self = MCPMethod(rawValue: name.text(in: bytes)) ?? .unknown
        }
    }

    /// Whether the gateway answers it for modern clients. All other methods, including `initialize` and `ping`, are
    /// unknown to them.
    package var isServedModern: Bool {
        switch self {
        case .discover, .toolsList, .toolsCall, .listen, .promptsList, .promptsGet, .resourcesList,
            .resourceTemplatesList, .resourcesRead, .completionComplete:
            true
        default: false
        }
    }

    /// Whether a target's function is asked for the answer, so that the message counts as a call.
    package var asksFunction: Bool {
        switch self {
        case .toolsCall, .promptsGet, .resourcesRead, .completionComplete: true
        default: false
        }
    }

    /// What it lists; nil for a method that lists nothing.
    package var listedKind: CatalogKind? {
        switch self {
        case .toolsList: .tool
        case .promptsList: .prompt
        case .resourcesList: .resource
        case .resourceTemplatesList: .template
        default: nil
        }
    }

    /// The member of `params` that `Mcp-Name` must mirror. Source: streamable HTTP, "Standard Request
    /// Headers".
    var mirrored: StaticString? {
        switch self {
        case .toolsCall, .promptsGet: "name"
        case .resourcesRead: "uri"
        case .tasksGet, .tasksUpdate, .tasksCancel: "taskId"
        default: nil
        }
    }
}
