import Bytes

/// One member of an object, as ranges into the scanned bytes.
@usableFromInline
package struct JSONMember: Sendable, Equatable {
    /// The name, without its quotes and still escaped.
    @usableFromInline package let key: Range<Int>
    @usableFromInline package let keyHasEscapes: Bool
    /// The whole raw value; strings keep their quotes.
    package let value: Range<Int>

    package init(key: Range<Int>, keyHasEscapes: Bool, value: Range<Int>) {
        self.key = key
        self.keyHasEscapes = keyHasEscapes
        self.value = value
    }

    /// Whether the name, once its escapes are decoded, is the literal.
    @inlinable @inline(__always)
    package func isNamed(_ name: StaticString, in bytes: Span<UInt8>) -> Bool {
        JSONName(range: key, hasEscapes: keyHasEscapes).equals(name, in: bytes)
    }

    /// Whether the name, once its escapes are decoded, is `name`.
    package func isNamed(utf8 name: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        JSONName(range: key, hasEscapes: keyHasEscapes).equals(utf8: name, in: bytes)
    }

    /// The name as text, its escapes decoded.
    package func name(in bytes: Span<UInt8>) -> String {
        JSON.unescaped(bytes, key, hasEscapes: keyHasEscapes)
    }
}

/// Walks the members of an object in one pass, validating as it goes; its owner decides how each value is
/// read.
///
/// `next` stops at a value; the owner then moves past it, with `skip` or with a walk of its own and `resume(at:)`. This
/// way an envelope of nested objects is read once, without a tree. Never allocates.
package struct JSONObjectWalk: Sendable {
    /// The first byte of the current value, or, after the last member, the byte after the closing bracket.
    package private(set) var position: Int
    private let end: Int
    private var isFirst = true

    /// Starts at the opening bracket.
    /// `end`: where to stop reading, at most `bytes.count`.
    /// - Throws: `.notAnObject` when another value, or none, starts at `position`.
    package init(_ bytes: Span<UInt8>, at position: Int, end: Int) throws(JSONError) {
        guard position < end, bytes[position] == UInt8(ascii: "{") else {
            throw JSONError(.notAnObject, at: position)
        }
        self.position = position + 1
        self.end = end
    }

    /// Moves to the next member's value.
    /// - Returns: the member's name; nil when the object is closed.
    package mutating func next(_ bytes: Span<UInt8>) throws(JSONError) -> JSONName? {
        var at = position
        JSON.skipSpace(bytes, &at, end)
        guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
        if bytes[at] == UInt8(ascii: "}") {
            position = at + 1
            return nil
        }
        if !isFirst {
            guard bytes[at] == UInt8(ascii: ",") else { throw JSONError(.expectedCommaOrEnd, at: at) }
            at += 1
            JSON.skipSpace(bytes, &at, end)
        }
        isFirst = false
        let key = try JSON.scanKey(bytes, &at, end)
        position = at
        return JSONName(range: key.name, hasEscapes: key.hasEscapes)
    }

    /// Moves past the current value.
    /// - Returns: the range of the whole raw value.
    package mutating func skip(
        _ bytes: Span<UInt8>,
        depthMax: Int = JSON.depthMax - 1
    ) throws(JSONError) -> Range<Int> {
        let start = position
        var at = position
        if at < end, bytes[at] == UInt8(ascii: "\"") {
            _ = try JSON.scanString(bytes, &at, end)
        } else {
            try JSON.scanValue(bytes, &at, end, depthMax)
        }
        position = at
        return start..<at
    }

    /// Continues after the current value, which someone else has read up to `position`.
    package mutating func resume(at position: Int) { self.position = position }
}

/// The members and elements of values that are already found.
extension JSON {
    /// Visits an object's members in order, validating as it goes.
    /// `object`: the whole raw object.
    /// - Throws: the first fault, after the members before it were visited; or what `body` throws.
    package static func forEachMember(
        _ bytes: Span<UInt8>,
        of object: Range<Int>,
        _ body: (JSONMember) throws(JSONError) -> Void
    ) throws(JSONError) {
        var walk = try JSONObjectWalk(bytes, at: object.lowerBound, end: object.upperBound)
        while let name = try walk.next(bytes) {
            let value = try walk.skip(bytes)
            try body(JSONMember(key: name.range, keyHasEscapes: name.hasEscapes, value: value))
        }
        guard walk.position == object.upperBound else { throw JSONError(.trailingBytes, at: walk.position) }
    }

    /// Visits an array's elements in order, validating as it goes.
    /// `array`: the whole raw array.
    /// - Throws: the first fault, after the elements before it were visited; or what `body` throws.
    package static func forEachElement(
        _ bytes: Span<UInt8>,
        of array: Range<Int>,
        _ body: (Range<Int>) throws(JSONError) -> Void
    ) throws(JSONError) {
        var at = array.lowerBound
        let end = array.upperBound
        guard at < end, bytes[at] == UInt8(ascii: "[") else { throw JSONError(.notAnArray, at: at) }
        at += 1
        skipSpace(bytes, &at, end)
        var isFirst = true
        while true {
            guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
            if bytes[at] == UInt8(ascii: "]"), isFirst { break }
            let start = at
            try scanValue(bytes, &at, end, depthMax - 1)
            try body(start..<at)
            isFirst = false
            skipSpace(bytes, &at, end)
            guard at < end else { throw JSONError(.unexpectedEnd, at: at) }
            if bytes[at] == UInt8(ascii: "]") { break }
            guard bytes[at] == UInt8(ascii: ",") else { throw JSONError(.expectedCommaOrEnd, at: at) }
            at += 1
            skipSpace(bytes, &at, end)
        }
        guard at + 1 == end else { throw JSONError(.trailingBytes, at: at + 1) }
    }

    /// The value of an object's first member of that name; nil when there is none, or `object` isn't a valid object.
    ///
    /// Reads up to the member and no further.
    package static func member(
        _ name: StaticString,
        of object: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Range<Int>? {
        // A fault and an absent member are the same to a caller who asks for one slice.
        guard var walk = try? JSONObjectWalk(bytes, at: object.lowerBound, end: object.upperBound) else {
            return nil
        }
        while let found = try? walk.next(bytes) {
            guard let value = try? walk.skip(bytes) else { return nil }
            if found.equals(name, in: bytes) { return value }
        }
        return nil
    }

    /// The value of an object's first member of that name; nil when there is none, or `object` isn't a valid object.
    /// `name`: UTF-8.
    package static func member(
        utf8 name: Span<UInt8>,
        of object: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Range<Int>? {
        // As in the function above, a fault and an absent member are the same.
        guard var walk = try? JSONObjectWalk(bytes, at: object.lowerBound, end: object.upperBound) else {
            return nil
        }
        while let found = try? walk.next(bytes) {
            guard let value = try? walk.skip(bytes) else { return nil }
            if found.equals(utf8: name, in: bytes) { return value }
        }
        return nil
    }
}
