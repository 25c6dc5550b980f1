import Bytes

/// The id of an event on a stream to which its client can come back, such as `ev-<32 digits>-7`: the stream's number, which is
/// random, and the event's place on it.
struct EventID: Equatable, CustomStringConvertible {
    let stream: String
    /// From 1 on.
    let number: Int

    private static let prefix = "ev-"
    private static let streamCount = 32

    init(stream: String, number: Int) {
        self.stream = stream
        self.number = number
    }

    /// - Parameter text: of a header.
    /// - Returns: nil for an id that the gateway can't have given.
    init?(_ text: Span<UInt8>) {
        guard text.count <= 64, let fields = Self.fields(text.text(0..<text.count)) else { return nil }
        (stream, number) = fields
    }

    private static func fields(_ text: String) -> (String, Int)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, text.hasPrefix(prefix), parts[1].utf8.count == streamCount,
            parts[2].utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let number = Int(parts[2]), number > 0
        else { return nil }
        return (String(parts[1]), number)
    }

    var description: String { "\(Self.prefix)\(stream)-\(number)" }
}
