import Bytes
package import HTTP

/// The answer forms, of the two, that a client accepts. Source: RFC 9110 §12.5.1.
package struct AcceptedTypes: Sendable, Equatable {
    package private(set) var json = false
    package private(set) var eventStream = false

    static let all = AcceptedTypes(json: true, eventStream: true)

    init(json: Bool = false, eventStream: Bool = false) {
        self.json = json
        self.eventStream = eventStream
    }

    /// Reads every `Accept` field; a request without one, or with an empty one alone, accepts anything.
    package init(_ request: Request) {
        self.init(request.head.fields, in: request.bytes.span)
    }

    init(_ fields: HeaderFields, in bytes: Span<UInt8>) {
        guard let first = fields.first(.accept) else {
            self = .all
            return
        }
        // As the specification tells clients to write it.
        if !fields.isRepeated(.accept), bytes.equals(first, "application/json, text/event-stream") {
            self = .all
            return
        }
        self.init()
        var hasItem = false
        for field in fields.all where field.known == .accept && add(bytes, field.value) { hasItem = true }
        if !hasItem { self = .all }
    }

    /// Whether the client accepts nothing that the gateway can answer with.
    package var isNone: Bool { !json && !eventStream }

    /// Adds the types that one field lists. Ranges such as `*/*` count; a type with the weight 0 doesn't.
    /// - Returns: whether it lists anything: elements of a list may be empty. Source: RFC 9110 §5.6.1.
    private mutating func add(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
        var hasItem = false
        var start = field.lowerBound
        while start < field.upperBound {
            var end = start
            while end < field.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            if !trimmed(bytes, start..<end).isEmpty {
                hasItem = true
                addItem(bytes, start..<end)
            }
            start = end + 1
        }
        return hasItem
    }

    private mutating func addItem(_ bytes: Span<UInt8>, _ item: Range<Int>) {
        var typeEnd = item.lowerBound
        while typeEnd < item.upperBound, bytes[typeEnd] != UInt8(ascii: ";") { typeEnd += 1 }
        let type = trimmed(bytes, item.lowerBound..<typeEnd)
        guard !hasZeroWeight(bytes, typeEnd..<item.upperBound) else { return }
        if bytes.equalsIgnoringCase(type, "*/*") {
            self = .all
        } else if bytes.equalsIgnoringCase(type, "application/json")
            || bytes.equalsIgnoringCase(type, "application/*")
        {
            json = true
        } else if bytes.equalsIgnoringCase(type, "text/event-stream")
            || bytes.equalsIgnoringCase(type, "text/*")
        {
            eventStream = true
        }
    }

    /// Whether the parameters hold `q=0`, in any of its spellings.
    private func hasZeroWeight(_ bytes: Span<UInt8>, _ parameters: Range<Int>) -> Bool {
        var start = parameters.lowerBound
        while start < parameters.upperBound {
            var end = start + 1
            while end < parameters.upperBound, bytes[end] != UInt8(ascii: ";") { end += 1 }
            let parameter = trimmed(bytes, start + 1..<end)
            if parameter.count >= 3, bytes[parameter.lowerBound] | 0x20 == UInt8(ascii: "q"),
                bytes[parameter.lowerBound + 1] == UInt8(ascii: "=")
            {
                var isZero = true
                for index in parameter.lowerBound + 2..<parameter.upperBound
                where bytes[index] != UInt8(ascii: "0") && bytes[index] != UInt8(ascii: ".") {
                    isZero = false
                }
                return isZero
            }
            start = end
        }
        return false
    }

    private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return start..<end
    }
}
