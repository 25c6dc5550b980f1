import JSON

/// The notifications that a `subscriptions/listen` request asks for, of those that the gateway has.
///
/// What else is asked for (single resources) is left out of the acknowledgement, as the specification wants.
/// Source: 2026-07-28, basic/patterns/subscriptions.
package struct ListenFilter: Sendable, Equatable {
    /// The lists whose changes are wanted.
    package let lists: ListChanges

    package init(_ lists: ListChanges) { self.lists = lists }

    /// Reads `params.notifications` of a request.
    /// - Throws: `-32602` when it is missing, isn't an object, names a member twice, or a known member is of another
    ///   type.
    package init(_ message: RPCMessage, in bytes: Span<UInt8>) throws(RPCError) {
        guard let params = message.params, let filter = JSON.member("notifications", of: params, in: bytes)
        else { throw RPCError(.invalidParams, "params.notifications is missing.") }
        guard JSON.kind(bytes, at: filter) == .object else {
            throw RPCError(.invalidParams, "params.notifications must be an object.")
        }
        var lists: ListChanges = []
        var wrong: StaticString?
        do throws(JSONError) {
            var names = DuplicateKeyCheck()
            try JSON.forEachMember(bytes, of: filter) { member throws(JSONError) in
                try names.add(JSONName(range: member.key, hasEscapes: member.keyHasEscapes), in: bytes)
                let kind = JSON.kind(bytes, at: member.value)
                let isFlag = kind == .true || kind == .false || kind == .null
                if member.isNamed("toolsListChanged", in: bytes) {
                    if kind == .true { lists.insert(.tools) }
                    if !isFlag { wrong = "toolsListChanged must be a boolean" }
                } else if member.isNamed("promptsListChanged", in: bytes) {
                    if kind == .true { lists.insert(.prompts) }
                    if !isFlag { wrong = "promptsListChanged must be a boolean" }
                } else if member.isNamed("resourcesListChanged", in: bytes) {
                    if kind == .true { lists.insert(.resources) }
                    if !isFlag { wrong = "resourcesListChanged must be a boolean" }
                } else if member.isNamed("resourceSubscriptions", in: bytes) {
                    if kind != .array && kind != .null { wrong = "resourceSubscriptions must be an array" }
                }
            }
        } catch {
            throw RPCError(.invalidParams, "params.notifications is refused: \(error.reason.description).")
        }
        if let wrong { throw RPCError(.invalidParams, "params.notifications.\(wrong).") }
        self.lists = lists
    }
}
