import Bytes
import JSON

/// Lists that have changed, or whose changes are wanted. Resources and their templates are one list here, as the protocol
/// has one notification for them.
package struct ListChanges: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let tools = ListChanges(rawValue: 1)
    package static let prompts = ListChanges(rawValue: 2)
    package static let resources = ListChanges(rawValue: 4)
    package static let all: ListChanges = [.tools, .prompts, .resources]

    /// Each of the lists alone, in the order in which clients are told.
    package static let each: [ListChanges] = [.tools, .prompts, .resources]

    /// The list that shows entries of that kind.
    package init(_ kind: CatalogKind) {
        switch kind {
        case .tool: self = .tools
        case .prompt: self = .prompts
        case .resource, .template: self = .resources
        case .instructions: self = []
        }
    }

    /// Whether a method tells of a change of one of these lists.
    package static func isNotification(_ method: String) -> Bool {
        each.contains {
            $0.notification.utf8CodeUnitCount == method.utf8.count && "\($0.notification)" == method
        }
    }

    /// The method that tells of a change, of one list alone.
    var notification: StaticString {
        switch self {
        case .prompts: "notifications/prompts/list_changed"
        case .resources: "notifications/resources/list_changed"
        default: "notifications/tools/list_changed"
        }
    }

    /// Appends the members of a subscription's filter that are on.
    func appendFilter(to out: inout ByteBuffer) {
        if contains(.tools) { out.append("\"toolsListChanged\":true") }
        for (list, key) in [
            (ListChanges.prompts, "promptsListChanged" as StaticString), (.resources, "resourcesListChanged"),
        ] where contains(list) {
            JSON.appendKey(key, to: &out)
            out.append("true")
        }
    }
}
