import Bytes
import Crypto
package import JSON

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

    /// The parameters that every list takes.
    package static let parameters: [Parameter] = [
        .query("limit", .integer(1...limitMax), "how many at most; \(limitDefault) when left out"),
        .query("cursor", .string(1...2_048), "the nextCursor of the page before, with the same filters"),
    ]

    /// - Throws: `.malformed` for a cursor that isn't of this list with these filters, or was damaged.
    package init<Caller>(_ call: APICall<Caller>, list: String) throws(Problem) {
        var name = list
        for member in call.parameters.members where member.key != "limit" && member.key != "cursor" {
            name += " \(member.key)=\(member.value.text)"
        }
        let limit = call.queryInteger("limit") ?? Self.limitDefault
        guard let cursor = call.query("cursor") else {
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
    ///   - name: the member that holds the items, e.g. `tenants`.
    ///   - items: all of them, in the list's order.
    ///   - place: where an item is in that order, at most 512 bytes.
    ///   - isAfter: whether an item comes after a place; true from some item on.
    ///   - json: an item in the answer.
    package func answer<Item>(
        _ name: String,
        _ items: [Item],
        place: (Item) -> String,
        isAfter: (Item, String) -> Bool,
        json: (Item) -> JSONValue
    ) -> APIReply {
        var rest = items[...]
        if let after { rest = rest.drop { !isAfter($0, after) } }
        let page = rest.prefix(limit)
        let hasMore = page.count < rest.count
        return answer(name, page.map(json), next: hasMore ? page.last.map(place) : nil)
    }

    /// The id after which a list in falling order of ids goes on; nil for its start.
    package var afterID: Int64? { after.flatMap { Int64($0) } }

    /// A page that the store has cut. `next` is the place of its last item when more follow.
    package func answer(_ name: String, _ items: [JSONValue], next: String?) -> APIReply {
        let cursor = next.map { JSONValue.string(PageCursor.text(place: $0, list: list)) } ?? .null
        return APIReply(.object(JSONObject([(name, .array(items)), ("nextCursor", cursor)])))
    }

    /// The schema of such an answer.
    package static func schema(_ name: String, of item: Schema) -> Schema {
        .object([
            .required(name, .array(item, max: limitMax)),
            .required("nextCursor", .string(1...2_048, "sent back as `cursor` for the next page").orNull),
        ])
    }
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
