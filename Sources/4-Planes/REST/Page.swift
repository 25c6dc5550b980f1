import Bytes
import Crypto
import JSON

/// The part of a list that a request asks for: how many items, and after which.
package struct Page: Sendable, Equatable {
    package static let limitMax = 1_000
    package static let limitDefault = 100

    package let limit: Int
    /// The place of the last item on the previous page; nil for the first page.
    package let after: String?
    private let list: String

    /// `limit` is 1...`limitMax`; `list` names the list, including its filters.
    package init(limit: Int, after: String? = nil, list: String) {
        self.limit = limit
        self.after = after
        self.list = list
    }

    /// - Throws: `.malformed` for a cursor that isn't from this list with these filters, or was damaged.
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

    /// One page of a list that was read as a whole.
    /// - Parameters:
    ///   - items: all items, in the list's order.
    ///   - place: an item's place in that order, at most 512 bytes.
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

    /// One page of a list of which one more item than the page holds was read, if there are that many.
    package func cut<Item>(reading items: [Item], place: (Item) -> String) -> Listing<Item> {
        let page = items.prefix(limit)
        return listing(Array(page), next: items.count > limit ? page.last.map(place) : nil)
    }

    /// A page that the store has cut. `next` is the place of its last item when more follow.
    package func listing<Item>(_ items: [Item], next: String?) -> Listing<Item> {
        Listing(items: items, nextCursor: next.map { PageCursor.text(place: $0, list: list) })
    }

    /// The id after which a list in descending order of ids continues; nil for its start.
    package var afterID: Int64? { after.flatMap { Int64($0) } }
}

/// A place in a list, as callers see it: opaque, self-contained, and without any permission.
///
/// It has a format byte, a checksum over the list's name and the place, and the place, so that a cursor that was
/// mistyped, cut or taken from another list is recognised. The page that follows is from the caller's own list, whoever
/// made the cursor.
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
