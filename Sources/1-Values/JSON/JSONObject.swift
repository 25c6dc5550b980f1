/// The members of a JSON object in their order, each name once.
///
/// Names compare byte by byte, not by Swift's Unicode equivalence: `é` in one and in two code points are two
/// names. Lookup scans up to 16 members and hashes beyond.
package struct JSONObject: Sendable {
    package struct Member: Sendable {
        package let key: String
        package var value: JSONValue
    }

    package private(set) var members: [Member] = []
    /// Kept only when there are more than 16 members.
    private var index: [Name: Int] = [:]

    package init() {}

    /// Of two members with one name the later value wins, at the place of the first.
    package init(_ members: [(String, JSONValue)]) {
        for (key, value) in members { self[key] = value }
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    /// Setting a new name appends it, setting nil removes it. O(1), but removing is O(n).
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                reindex()
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if members.count > 16 {
                    if index.isEmpty { reindex() } else { index[Name(text: key)] = members.count - 1 }
                }
            case (nil, nil):
                break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if index.isEmpty { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
        return index[Name(text: key)]
    }

    private mutating func reindex() {
        index.removeAll()
        guard members.count > 16 else { return }
        for (position, member) in members.enumerated() { index[Name(text: member.key)] = position }
    }

    private struct Name: Hashable, Sendable {
        let text: String

        static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }
}

/// Equal when both have the same names with equal values, in any order.
extension JSONObject: Equatable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }
}
