import JSON
import Text

/// Which declared members a call's arguments had, and of which types: never a value, and no name that the tool's schema
/// doesn't declare, as the names in free-form objects may be data.
///
/// As text: `city:string,days:integer,items:[object],items/*/card:string?,+2` in order of the paths. `?` means that
/// some elements lacked the member, `+2` that there were two more members, `…` that only a part was seen, and `{}` that
/// there was nothing.
package struct ArgumentShape: Sendable, Hashable {
    /// A JSON type; a number without a fraction is an integer.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case array, boolean, integer, null, number, object, string

        var word: String { "\(self)" }

        init?(word: some StringProtocol) {
            guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
            self = kind
        }
    }

    /// Some of the seven types.
    struct Kinds: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        static func of(_ kind: Kind) -> Kinds { Kinds(rawValue: 1 << kind.rawValue) }

        var all: [Kind] { Kind.allCases.filter { contains(.of($0)) } }
        var words: String { all.map { $0.word }.joined(separator: "|") }
    }

    struct Member: Sendable, Hashable {
        /// As written in the shape's text.
        var path: String
        var kinds: Kinds
        /// The types of the elements that an array had.
        var elements: Kinds
        /// Whether it was missing in some of the objects that it belongs to.
        var isMissingInSome: Bool
    }

    var members: [Member] = []
    /// [path of an object] → how many undeclared members it had; `extrasMax` for that many or more.
    var extras: [String: Int] = [:]
    /// Whether only the beginning of the arguments was seen.
    var isCut = false

    static let extrasMax = 9
    /// The most bytes of a shape's text.
    static let bytesMax = 2048
    /// Stands for arguments whose tool has had too many shapes already: see `ShapeBook`.
    package static let other = "other"

    init() {}

    /// Reads what `text` wrote; nil for anything else, such as `other`.
    package init?(_ text: String) {
        if text == "{}" { return }
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            if entry == "…" {
                isCut = true
            } else if let colon = entry.firstIndex(of: ":") {
                guard let member = Member(path: entry[..<colon], types: entry[entry.index(after: colon)...])
                else {
                    return nil
                }
                members.append(member)
            } else {
                guard let plus = entry.lastIndex(of: "+"),
                    let count = Int(entry[entry.index(after: plus)...]),
                    (1...Self.extrasMax).contains(count)
                else { return nil }
                let path = entry[..<plus]
                guard path.isEmpty || path.hasSuffix("/") else { return nil }
                extras[String(path.dropLast())] = count
            }
        }
    }

    func member(at path: String) -> Member? { members.first { $0.path == path } }

    /// A member's name as paths write it; nil for one that can't be shown: too long, or with invisible characters.
    static func escaped(_ name: String) -> String? {
        guard !name.isEmpty, HiddenCharacters.first(in: name) == nil, !name.contains("\n"),
            !name.contains("\t")
        else {
            return nil
        }
        var out = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": out += "~0"
            case "/": out += "~1"
            case ",": out += "~2"
            case ":": out += "~3"
            case "*": out += "~4"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out.utf8.count <= DeclaredMembers.nameBytesMax ? out : nil
    }

    /// A path of a shape as a JSON Pointer, for people.
    package static func pointer(_ path: String) -> String {
        guard !path.isEmpty else { return "" }
        return "/" + path.replacing("~2", with: ",").replacing("~3", with: ":").replacing("~4", with: "*")
    }
}

extension ArgumentShape.Member {
    /// Reads types such as `string` or `[integer|string]?`.
    fileprivate init?(path: Substring, types: Substring) {
        guard !path.isEmpty else { return nil }
        self.path = String(path)
        (kinds, elements) = ([], [])
        var types = types
        isMissingInSome = types.hasSuffix("?")
        if isMissingInSome { types = types.dropLast() }
        // The types of an array's elements are in brackets; bars between them don't separate the array's own
        // alternatives.
        if let opening = types.firstIndex(of: "[") {
            guard let closing = types.lastIndex(of: "]"), opening < closing else { return nil }
            kinds = .of(.array)
            let inside = types[types.index(after: opening)..<closing]
            for word in inside.isEmpty ? [] : inside.split(separator: "|", omittingEmptySubsequences: false) {
                guard let kind = ArgumentShape.Kind(word: word) else { return nil }
                elements.insert(.of(kind))
            }
            guard opening == types.startIndex else { return nil }
            types = types[types.index(after: closing)...]
            if types.isEmpty { return }
            guard types.first == "|" else { return nil }
            types = types.dropFirst()
        }
        for word in types.split(separator: "|", omittingEmptySubsequences: false) {
            guard let kind = ArgumentShape.Kind(word: word) else { return nil }
            kinds.insert(.of(kind))
        }
        guard !kinds.isEmpty else { return nil }
    }

    /// The member's text, with the array first: `[string]|null`.
    var text: String {
        var words: [String] = []
        if kinds.contains(.of(.array)) { words.append("[\(elements.words)]") }
        words += kinds.subtracting(.of(.array)).all.map { $0.word }
        return "\(path):\(words.joined(separator: "|"))" + (isMissingInSome ? "?" : "")
    }
}
