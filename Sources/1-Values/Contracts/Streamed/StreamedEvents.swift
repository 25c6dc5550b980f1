import Bytes

/// Cuts the data of server-sent events out of bytes that come in pieces. Comments and the fields `event`, `id` and `retry`
/// take no memory. Each byte is looked at once; those of the data are copied once.
///
/// Source: HTML "Server-sent events" §9.2.6
struct StreamedEvents: Sendable {
    private enum Place: Sendable {
        /// In a line of which so many bytes have come, all of them those of `data`.
        case name(Int)
        /// Behind `data:`, where one space doesn't count.
        case beforeValue
        case value
        /// In a line that means nothing here.
        case skipped
    }

    private static let name: InlineArray<5, UInt8> = [100, 97, 116, 97, 58]  // data:

    /// The lines of data of the event that has begun.
    private(set) var begun = ByteBuffer()
    private var place = Place.name(0)
    private var hasLine = false
    /// Whether the byte before was a carriage return, which may have a line feed behind it.
    private var isAfterReturn = false

    /// Moves on in the bytes, to the end of an event or of the bytes.
    /// - Returns: the event's data, when it is complete and not empty.
    mutating func next(_ bytes: Span<UInt8>, _ position: inout Int) -> [UInt8]? {
        var at = position
        let end = bytes.count
        defer { position = at }
        while at < end {
            let byte = bytes[at]
            let isReturn = byte == 13
            if isReturn || byte == 10 {
                at &+= 1
                if exchange(&isAfterReturn, with: isReturn), !isReturn { continue }
                if endLine() { return takeBegun() }
                continue
            }
            isAfterReturn = false
            switch place {
            case .name(let count):
                at &+= 1
                place = byte != Self.name[count] ? .skipped : count == 4 ? .beforeValue : .name(count + 1)
                if case .beforeValue = place { beginLine() }
            case .beforeValue:
                if byte == UInt8(ascii: " ") { at &+= 1 }
                place = .value
            case .value:
                let stop = bytes.firstPosition(of: 10, or: 13, from: at, to: end)
                begun.append(bytes.extracting(at..<stop))
                at = stop
            case .skipped: at = bytes.firstPosition(of: 10, or: 13, from: at, to: end)
            }
        }
        return nil
    }

    /// Hands over the data of an event that may lack its end, and is between two events after that.
    mutating func takeBegun() -> [UInt8] {
        place = .name(0)
        hasLine = false
        return exchange(&begun, with: ByteBuffer()).bytes
    }

    /// Several lines of data are joined with line feeds.
    private mutating func beginLine() {
        if hasLine { begun.append(10) }
        hasLine = true
    }

    /// - Returns: whether the line ends an event that has data.
    private mutating func endLine() -> Bool {
        defer { place = .name(0) }
        guard case .name(let count) = place else { return false }
        // A field's name alone is a field without a value.
        if count == 4 { beginLine() }
        guard count == 0 else { return false }
        if !begun.bytes.isEmpty { return true }
        hasLine = false
        return false
    }

    /// Whether what begins there is a stream of events: it begins with a comment or a field. Nil while too little of it
    /// has come to say.
    static func begin(_ bytes: Span<UInt8>, at start: Int) -> Bool? {
        var isOpen = false
        for name in [":", "data:", "event:", "id:", "retry:"] {
            let common = name.utf8.prefix(bytes.count - start)
            guard bytes.equals(start..<start + common.count, Array(common).span) else { continue }
            if common.count == name.utf8.count { return true }
            isOpen = true
        }
        return isOpen ? nil : false
    }
}
