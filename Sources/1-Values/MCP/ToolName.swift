import Text

/// A tool's exposed name taken apart: `<target>___<tool>`, split at the first `___`.
///
/// A target's name holds no underscore, so the split is never ambiguous.
package struct ToolName: Sendable, Hashable {
    package let target: String
    package let tool: String

    package static let separator = "___"
    /// The longest exposed name by default, which model providers accept.
    package static let lengthMaxDefault = 64
    /// The longest exposed name that may be configured. Source: the specification's tool naming.
    package static let lengthMaxLimit = 128

    /// Takes an exposed name apart; nil when the text isn't one.
    package init?(exposed: String) {
        let bytes = Array(exposed.utf8)
        guard
            let split = bytes.indices.first(where: { index in
                bytes[index...].prefix(3).elementsEqual(Self.separator.utf8)
            })
        else { return nil }
        let target = String(decoding: bytes[..<split], as: UTF8.self)
        let tool = String(decoding: bytes[(split + 3)...], as: UTF8.self)
        guard Self.isTarget(target), Self.isTool(tool) else { return nil }
        self.target = target
        self.tool = tool
    }

    /// Joins a target's name and a tool's.
    /// - Throws: which of them breaks its grammar, or that the whole is too long, with a shorter name to use
    ///   instead.
    package init(
        target: String,
        tool: String,
        lengthMax: Int = ToolName.lengthMaxDefault
    ) throws(ToolNameFault) {
        guard Self.isTarget(target) else { throw .invalidTarget(target) }
        guard Self.isTool(tool) else { throw .invalidTool(tool) }
        self.target = target
        self.tool = tool
        let lengthMax = min(lengthMax, Self.lengthMaxLimit)
        guard exposed.utf8.count <= lengthMax else {
            throw .tooLong(exposed: exposed, lengthMax: lengthMax, alias: alias(lengthMax: lengthMax))
        }
    }

    package var exposed: String { target + Self.separator + tool }

    /// Whether a name fits `[a-z0-9]+(-[a-z0-9]+)*` and has 1 to 50 characters.
    package static func isTarget(_ name: String) -> Bool {
        guard (1...50).contains(name.utf8.count), name.utf8.first != UInt8(ascii: "-"),
            name.utf8.last != UInt8(ascii: "-")
        else { return false }
        var last: UInt8 = 0
        for byte in name.utf8 {
            guard
                byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-"),
                byte != UInt8(ascii: "-") || last != UInt8(ascii: "-")
            else { return false }
            last = byte
        }
        return true
    }

    /// Whether a target's own name for a tool holds 1 to 128 of `[A-Za-z0-9_.-]` and nothing else.
    package static func isTool(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            }
    }

    /// A tool name that fits: the start of this one, and six digits of its checksum that keep it apart from
    /// others.
    /// - Returns: nil when the target's name alone leaves no room.
    private func alias(lengthMax: Int) -> String? {
        let room = lengthMax - target.utf8.count - 3 - 7
        guard room >= 1 else { return nil }
        let hex = String(checksum(Array(tool.utf8)[...]) & 0xFF_FFFF, radix: 16)
        let start = String(decoding: Array(tool.utf8.prefix(room)), as: UTF8.self)
        return start + "-" + String(repeating: "0", count: 6 - hex.count) + hex
    }
}

/// Why a tool can't be exposed under its name.
package enum ToolNameFault: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidTarget(String)
    case invalidTool(String)
    /// `alias` is a shorter name for the tool, unique to it; nil when the target's own name leaves no room for one.
    case tooLong(exposed: String, lengthMax: Int, alias: String?)
    /// The name is another tool's alias; `of` is that tool's own name.
    case takenByAlias(target: String, tool: String, of: String)

    package var description: String {
        switch self {
        case .invalidTarget(let name):
            "the target name \"\(name.prefix(64))\" must be 1 to 50 lower-case letters and digits, "
                + "in groups joined by single hyphens"
        case .invalidTool(let name):
            "the tool name \"\(shown(name))\" must be 1 to 128 letters, digits, underscores, dots and hyphens"
        case .tooLong(let exposed, let lengthMax, let alias):
            "the name \(exposed) has \(exposed.utf8.count) characters, more than \(lengthMax); "
                + remedies(exposed, lengthMax, alias)
        case .takenByAlias(let target, let tool, let other):
            "the name \"\(shown(tool))\" is the alias of the tool \"\(shown(other))\"; give one of them another: "
                + "`mcp-gateway tool alias \(target)___\(shown(tool)) NAME`"
        }
    }

    private func remedies(_ exposed: String, _ lengthMax: Int, _ alias: String?) -> String {
        let excess = exposed.utf8.count - lengthMax
        let target = ToolName(exposed: exposed)?.target ?? ""
        var remedies: [String] = []
        if excess < target.utf8.count {
            remedies.append("shorten the target's name by \(excess) character\(excess == 1 ? "" : "s")")
        }
        if lengthMax < ToolName.lengthMaxLimit {
            remedies.append("raise defaults.tool_name_max (at most \(ToolName.lengthMaxLimit))")
        }
        if let alias {
            remedies.append("give the tool an alias: `mcp-gateway tool alias \(exposed) \(alias)`")
        }
        guard let last = remedies.popLast() else { return "give the target and the tool shorter names" }
        return remedies.isEmpty ? last : remedies.joined(separator: ", ") + ", or " + last
    }

    /// The name with hidden characters shown, which could mislead readers of a terminal or a log.
    private func shown(_ name: String) -> String { HiddenCharacters.shown(String(name.prefix(128))) }
}
