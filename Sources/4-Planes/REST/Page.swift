import Bytes
import Crypto
import JSON

/// Which part of a list a request asks for: how many, and after which.
package struct Page: Sendable, Equatable {
    package static let limitMax = 1_000
    package static let limitDefault = 100

    package let limit: Int
    /// The place of the last one on the page before; nil for the first page.
    package let after: String?
    private let list: String

    /// `limit` is 1...`limitMax`; `list` names the list with all that selects from it.
    package init(limit: Int, after: String? = nil, list: String) {
        self.limit = limit
        self.after = after
        self.list = list
    }

    /// - Throws: `.malformed` for a cursor that isn't of this list with these filters, or was damaged.
    init<Caller>(_ call: APICall<Caller>, list: String) throws(Problem) {
        var name = list
        for member in call.parameters.members where member.key != "limit" && member.key != "cursor" {
            name += " \(member.key)=\(member.value.text)"
        }
        let limit = call.parameters["limit"]?.intValue ?? Self.limitDefault
        guard let cursor = call.parameters["cursor"]?.stringValue else {
            self.init(limit: limit, list: name)
            return
        }
        guard let place = PageCursor.place(in: cursor, list: name) else {
            throw Problem(
                .malformed,
                "the cursor is not of this list with these filters",
                hint: "start again without one, and send nextCursor back as it came"
            )
        }
        self.init(limit: limit, after: place, list: name)
    }

    /// One page of a list that is here as a whole.
    /// - Parameters:
    ///   - items: all of them, in the list's order.
    ///   - place: where an item is in that order, at most 512 bytes.
    ///   - isAfter: whether an item comes after a place; true from some item on.
    package func cut<Item>(
        _ items: [Item],
        place: (Item) -> String,
        isAfter: (Item, String) -> Bool
    ) -> Listing<Item> {
        var rest = items[...]
        if let after { rest = rest.drop { !isAfter($0, after) } }
        let page = rest.prefix(limit)
        return listing(Array(page), next: page.count < rest.count ? page.last.map(place) : nil)
    }

    /// One page of a list of which one item more than the page was read, if there are so many.
    package func cut<Item>(reading items: [Item], place: (Item) -> String) -> Listing<Item> {
        let page = items.prefix(limit)
        return listing(Array(page), next: items.count > limit ? page.last.map(place) : nil)
    }

    /// A page that the store has cut. `next` is the place of its last item when more follow.
    package func listing<Item>(_ items: [Item], next: String?) -> Listing<Item> {
        Listing(items: items, nextCursor: next.map { PageCursor.text(place: $0, list: list) })
    }

    /// The id after which a list in falling order of ids goes on; nil for its start.
    package var afterID: Int64? { after.flatMap { Int64($0) } }
}

/// A place in a list as callers see it: opaque, complete in itself, and no right to anything.
///
/// A format byte, a checksum over the list's name and the place, and the place: what was mistyped, cut or taken from
/// another list is told apart. The list that follows is the caller's own whoever made the cursor.
enum PageCursor {
    private static let format: UInt8 = 1

    static func text(place: String, list: String) -> String {
        var bytes: [UInt8] = [format]
        bytes += checksum(place, list)
        bytes += Array(place.utf8)
        return Base64.url.encode(bytes)
    }

    static func place(in text: String, list: String) -> String? {
        guard text.utf8.count <= 2_048, let bytes = Base64.url.decode(text), bytes.count >= 9,
            bytes[0] == format, let place = String(validating: bytes[9...], as: UTF8.self),
            bytes[1..<9].elementsEqual(checksum(place, list))
        else { return nil }
        return place
    }

    private static func checksum(_ place: String, _ list: String) -> [UInt8] {
        let digest = SHA256.hash("\(list.utf8.count) \(list)\(place)")
        return (0..<8).map { digest.bytes[$0] }
    }
}
