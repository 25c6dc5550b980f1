import Bytes

/// Cuts JSON objects and arrays out of bytes that come in pieces, by their brackets alone: whether a value is JSON is for
/// its reader to say. Each byte is looked at once, and copied once.
struct StreamedValues: Sendable {
    /// What has come of the value that has begun; empty between two values.
    private(set) var begun = ByteBuffer()
    private var depth = 0
    private var isInString = false
    /// Whether the byte before was a backslash that escapes the next one.
    private var isEscaping = false

    /// Moves on in the bytes, to the end of the value or of the bytes. Between two values, `position` is at the bracket
    /// that opens the next one.
    /// - Returns: the value, when it is complete.
    mutating func next(_ bytes: Span<UInt8>, _ position: inout Int) -> [UInt8]? {
        let start = position
        let isComplete = moveOn(bytes, &position)
        begun.append(bytes.extracting(start..<position))
        return isComplete ? takeBegun() : nil
    }

    /// Hands over what has come of a value, and is between two values after that.
    mutating func takeBegun() -> [UInt8] {
        depth = 0
        isInString = false
        isEscaping = false
        return exchange(&begun, with: ByteBuffer()).bytes
    }

    /// - Returns: whether the value ends there.
    private mutating func moveOn(_ bytes: Span<UInt8>, _ position: inout Int) -> Bool {
        // In local variables, which stay in registers.
        var (at, depth, isInString, isEscaping) = (position, depth, isInString, isEscaping)
        let end = bytes.count
        defer {
            position = at
            (self.depth, self.isInString, self.isEscaping) = (depth, isInString, isEscaping)
        }
        while at < end {
            if isInString {
                if isEscaping {
                    isEscaping = false
                    at &+= 1
                }
                at = bytes.firstPosition(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: at, to: end)
                guard at < end else { return false }
                isEscaping = bytes[at] == UInt8(ascii: "\\")
                isInString = isEscaping
                at &+= 1
                continue
            }
            let byte = bytes[at]
            at &+= 1
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                if depth <= 0 { return true }
            default: break
            }
        }
        return false
    }
}
