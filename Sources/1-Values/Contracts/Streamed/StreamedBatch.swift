import JSON

/// The elements of an array of messages, one after the other.
struct StreamedBatch: Sendable {
    let bytes: [UInt8]
    private var position: Int

    /// Nil for an array that doesn't begin with a message.
    /// - Throws: the first fault in the JSON.
    init?(_ bytes: [UInt8]) throws(JSONError) {
        let span = bytes.span
        let array = try JSON.validate(span)
        let first = JSON.skipSpace(span, from: array.lowerBound + 1, to: array.upperBound)
        guard span[first] == UInt8(ascii: "{") else { return nil }
        if case .other = try StreamedEnvelope(span, at: first, end: array.upperBound).kind { return nil }
        self.bytes = bytes
        position = first
    }

    /// The next element; nil at the end.
    mutating func next() -> [UInt8]? {
        var at = position
        // The array is valid: only its end is no value.
        guard (try? JSON.skipValue(bytes.span, at: &at)) != nil else { return nil }
        let element = Array(bytes[position..<at])
        // Behind the comma, or the bracket.
        at = JSON.skipSpace(bytes.span, from: at, to: bytes.count) + 1
        position = JSON.skipSpace(bytes.span, from: at, to: bytes.count)
        return element
    }
}
