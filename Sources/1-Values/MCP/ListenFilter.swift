import JSON

/// The notifications that a `subscriptions/listen` request asks for, of those that the gateway has.
///
/// What else is asked for is left out of the acknowledgement, as the specification wants.
/// Source: 2026-07-28, basic/patterns/subscriptions.
package struct ListenFilter: Sendable, Equatable {
    /// The lists whose changes are wanted.
    package let lists: ListChanges
    /// The URIs of single resources whose changes are wanted, as the client wrote them, each once.
    package let resources: [String]

    package init(_ lists: ListChanges, resources: [String] = []) {
        self.lists = lists
        self.resources = resources
    }

    /// Reads `params.notifications` of a request.
    /// - Parameter resourcesMax: the most single resources that may be asked for; 0 where none can be, and then URIs are
    ///   left out.
    /// - Throws: `-32602` when it is missing, isn't an object, names a member twice, a known member is of another type,
    ///   or it has too many URIs.
    package init(_ message: RPCMessage, in bytes: Span<UInt8>, resourcesMax: Int = 0) throws(RPCError) {
        guard let params = message.params, let filter = JSON.member("notifications", of: params, in: bytes)
        else { throw RPCError(.invalidParams, "params.notifications is missing.") }
        guard JSON.kind(bytes, at: filter) == .object else {
            throw RPCError(.invalidParams, "params.notifications must be an object.")
        }
        var lists: ListChanges = []
        var asked = AskedResources(max: resourcesMax)
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
                    if kind == .array {
                        if try !asked.read(member.value, in: bytes) {
                            wrong = "resourceSubscriptions must hold strings"
                        }
                    } else if kind != .null {
                        wrong = "resourceSubscriptions must be an array"
                    }
                }
            }
        } catch {
            throw RPCError(.invalidParams, "params.notifications is refused: \(error.reason.description).")
        }
        if let wrong { throw RPCError(.invalidParams, "params.notifications.\(wrong).") }
        guard !asked.areTooMany else {
            throw RPCError(
                .invalidParams,
                "params.notifications.resourceSubscriptions has \(asked.count) URIs; a stream may have "
                    + "\(resourcesMax). Ask for fewer, or open another stream for the rest."
            )
        }
        self.lists = lists
        resources = asked.uris
    }
}

/// The URIs of `resourceSubscriptions`, as far as they are kept.
private struct AskedResources {
    let max: Int
    private(set) var count = 0
    private(set) var uris: [String] = []

    init(max: Int) { self.max = max }

    var areTooMany: Bool { max > 0 && count > max }

    /// Returns whether all elements are strings.
    mutating func read(_ array: Range<Int>, in bytes: Span<UInt8>) throws(JSONError) -> Bool {
        var areStrings = true
        try JSON.forEachElement(bytes, of: array) { element throws(JSONError) in
            guard let name = JSONName(bytes, at: element) else {
                areStrings = false
                return
            }
            count += 1
            guard count <= max else { return }
            let uri = name.text(in: bytes)
            if !uris.contains(where: { $0.utf8.elementsEqual(uri.utf8) }) { uris.append(uri) }
        }
        return areStrings
    }
}
