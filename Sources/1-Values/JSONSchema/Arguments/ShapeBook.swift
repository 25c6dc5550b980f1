import JSON

/// Determines the shapes of one tool's arguments. One owner. Keeps the texts that it returned, so that the next
/// arguments of the same shape cost only a scan and a look-up.
package struct ShapeBook: Sendable {
    /// Thrown where the arguments end early, or aren't JSON.
    private struct End: Error {}

    /// What was seen of a place in one document.
    private struct Seen {
        var kinds: ArgumentShape.Kinds = []
        var elements: ArgumentShape.Kinds = []
        /// How often the place was there.
        var count: UInt32 = 0
        /// How often the place was an object whose members were read.
        var objects: UInt32 = 0
        var extras: UInt32 = 0
    }

    private let declared: DeclaredMembers
    private let shapesMax: Int
    /// Texts by a hash of what was seen.
    private var texts: [UInt64: String] = [:]
    private var seen: [Seen]

    /// - Parameter shapesMax: how many different shapes are kept; all further ones are `other`.
    package init(_ declared: DeclaredMembers, shapesMax: Int) {
        self.declared = declared
        self.shapesMax = shapesMax
        seen = Array(repeating: Seen(), count: declared.places.count)
    }

    package var count: Int { texts.count }

    /// The shape of some arguments.
    ///
    /// Costs one scan of them and one look-up in a table.
    /// - Parameters:
    ///   - arguments: raw JSON; nil when there were none.
    ///   - isCut: whether `arguments` is only their beginning.
    ///   - mayGrow: whether a new shape may be added; otherwise it is `other`.
    package mutating func shape(of arguments: ArraySlice<UInt8>?, isCut: Bool, mayGrow: Bool = true) -> String
    {
        for index in seen.indices { seen[index] = Seen() }
        var isCut = isCut
        if let arguments {
            let bytes = arguments.span
            var at = JSON.skipSpace(bytes, from: 0, to: bytes.count)
            do throws(End) { try look(bytes, &at, 0) } catch { isCut = true }
        }
        var key: UInt64 = isCut ? 0x9E37_79B9_7F4A_7C15 : 0xCBF2_9CE4_8422_2325
        for index in seen.indices where seen[index].count > 0 {
            mix(
                &key,
                UInt64(index) << 32 | UInt64(seen[index].kinds.rawValue) << 24 | UInt64(
                    seen[index].elements.rawValue
                ) << 16
                    | UInt64(min(seen[index].extras, UInt32(ArgumentShape.extrasMax))) << 1
                    | (isMissingInSome(index) ? 1 : 0)
            )
        }
        if let text = texts[key] { return text }
        guard mayGrow, texts.count < shapesMax else { return ArgumentShape.other }
        let text = text(isCut: isCut)
        texts[key] = text
        return text
    }

    private func mix(_ key: inout UInt64, _ word: UInt64) {
        let product = (key ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        key = product.high ^ product.low
    }

    /// Notes the value at `at`, and moves past it.
    private mutating func look(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Int) throws(End) {
        let start = at
        guard start < bytes.count else { throw End() }
        let kind = JSON.kind(bytes, at: start..<bytes.count)
        if kind == .object, place == 0 || !declared.places[place].members.isEmpty {
            seen[place].kinds.insert(.of(.object))
            seen[place].objects &+= 1
            seen[place].count &+= 1
            return try lookInto(bytes, &at, place)
        }
        if kind == .array {
            seen[place].kinds.insert(.of(.array))
            seen[place].count &+= 1
            return try lookThrough(bytes, &at, place)
        }
        // A value whose end is missing isn't noted: its type isn't certain.
        try skip(bytes, &at)
        seen[place].kinds.insert(Self.kinds(kind, bytes, start..<at))
        seen[place].count &+= 1
    }

    /// Moves past a value. A number at the very end may be cut off, and counts as incomplete.
    private func skip(_ bytes: Span<UInt8>, _ at: inout Int) throws(End) {
        let start = at
        do throws(JSONError) { try JSON.skipValue(bytes, at: &at) } catch { throw End() }
        if at == bytes.count, JSON.kind(bytes, at: start..<at) == .number { throw End() }
    }

    private func walking(_ bytes: Span<UInt8>, _ at: Int) throws(End) -> JSONObjectWalk {
        do throws(JSONError) { return try JSONObjectWalk(bytes, at: at, end: bytes.count) } catch {
            throw End()
        }
    }

    private func next(_ walk: inout JSONObjectWalk, _ bytes: Span<UInt8>) throws(End) -> JSONName? {
        do throws(JSONError) { return try walk.next(bytes) } catch { throw End() }
    }

    private mutating func lookInto(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Int) throws(End) {
        var walk = try walking(bytes, at)
        while let name = try next(&walk, bytes) {
            if let member = declared.places[place].members.first(where: {
                name.equals(utf8: $0.name.span, in: bytes)
            }) {
                var position = walk.position
                try look(bytes, &position, member.place)
                walk.resume(at: position)
            } else {
                seen[place].extras &+= 1
                var position = walk.position
                try skip(bytes, &position)
                walk.resume(at: position)
            }
        }
        at = walk.position
    }

    private mutating func lookThrough(_ bytes: Span<UInt8>, _ at: inout Int, _ place: Int) throws(End) {
        at = JSON.skipSpace(bytes, from: at + 1, to: bytes.count)
        var isFirst = true
        while true {
            guard at < bytes.count else { throw End() }
            if isFirst, bytes[at] == UInt8(ascii: "]") { break }
            let start = at
            if let elements = declared.places[place].elements {
                try look(bytes, &at, elements)
            } else {
                try skip(bytes, &at)
            }
            seen[place].elements.insert(
                Self.kinds(JSON.kind(bytes, at: start..<at), bytes, start..<at)
            )
            isFirst = false
            at = JSON.skipSpace(bytes, from: at, to: bytes.count)
            guard at < bytes.count else { throw End() }
            if bytes[at] == UInt8(ascii: "]") { break }
            guard bytes[at] == UInt8(ascii: ",") else { throw End() }
            at = JSON.skipSpace(bytes, from: at + 1, to: bytes.count)
        }
        at += 1
    }

    private static func kinds(_ kind: JSON.Kind, _ bytes: Span<UInt8>, _ value: Range<Int>)
        -> ArgumentShape.Kinds
    {
        switch kind {
        case .object: .of(.object)
        case .array: .of(.array)
        case .string: .of(.string)
        case .true, .false: .of(.boolean)
        case .null: .of(.null)
        case .number: .of(JSONNumber(bytes, at: value)?.isInteger == true ? .integer : .number)
        }
    }

    /// Whether some of the objects that a member belongs to lacked it.
    private func isMissingInSome(_ place: Int) -> Bool {
        guard let holder = declared.places[place].holder else { return false }
        return seen[place].count < seen[holder].objects
    }

    private func text(isCut: Bool) -> String {
        var isCut = isCut
        var entries: [String] = []
        var length = 0
        let members = declared.order.filter {
            seen[$0].count > 0 && !declared.places[$0].path.hasSuffix("/*")
        }
        let told = members.map { place in
            ArgumentShape.Member(
                path: declared.places[place].path,
                kinds: seen[place].kinds,
                elements: seen[place].elements,
                isMissingInSome: isMissingInSome(place)
            ).text
        }
        let extras = ([0] + declared.order).filter { seen[$0].extras > 0 }.map { place in
            let path = declared.places[place].path
            return
                "\(path.isEmpty ? "" : path + "/")+\(min(seen[place].extras, UInt32(ArgumentShape.extrasMax)))"
        }
        for entry in told + extras {
            length += entry.utf8.count + 1
            guard length <= ArgumentShape.bytesMax - 4 else {
                isCut = true
                break
            }
            entries.append(entry)
        }
        if isCut || seen[0].objects == 0 && seen[0].count > 0 { entries.append("…") }
        return entries.isEmpty ? "{}" : entries.joined(separator: ",")
    }
}
