import Bytes
import JSON

/// What the gateway offers to one caller: the capabilities, and what a model is told of how to use them.
package struct ServerOffer: Sendable, Equatable {
    /// The lists that the caller's view has. Tools are always offered.
    package let lists: ListChanges
    /// For the model's prompt; nil for none.
    package let instructions: String?
    /// Whether clients can be told of changes of the lists, on streams.
    package let tellsChanges: Bool
    /// Whether clients can be told of changes of single resources.
    package let watchesResources: Bool
    /// Whether clients can hear log messages of functions.
    package let relaysLogs: Bool

    package init(
        _ lists: ListChanges,
        instructions: String? = nil,
        tellsChanges: Bool = true,
        watchesResources: Bool = false,
        relaysLogs: Bool = false
    ) {
        self.relaysLogs = relaysLogs
        self.tellsChanges = tellsChanges
        self.lists = lists.union(.tools)
        self.instructions = instructions
        self.watchesResources = watchesResources && tellsChanges
    }

    /// Whether a method is there for the caller: one of a list that the view doesn't have is as unknown as any other.
    package func has(_ method: MCPMethod) -> Bool {
        switch method {
        case .promptsList, .promptsGet: lists.contains(.prompts)
        case .resourcesList, .resourceTemplatesList, .resourcesRead: lists.contains(.resources)
        case .resourcesSubscribe, .resourcesUnsubscribe: watchesResources && lists.contains(.resources)
        case .completionComplete: !lists.isDisjoint(with: [.prompts, .resources])
        default: true
        }
    }

    /// Appends the raw object.
    func appendCapabilities(to out: inout ByteBuffer) {
        let changes: StaticString = tellsChanges ? "\"listChanged\":true}" : "}"
        out.append("{\"tools\":{")
        out.append(changes)
        if lists.contains(.prompts) {
            out.append(",\"prompts\":{")
            out.append(changes)
        }
        if lists.contains(.resources) {
            out.append(",\"resources\":{")
            if has(.resourcesSubscribe) { out.append("\"subscribe\":true,") }
            out.append(changes)
        }
        if has(.completionComplete) { out.append(",\"completions\":{}") }
        if relaysLogs { out.append(",\"logging\":{}") }
        out.append("}")
    }
}
