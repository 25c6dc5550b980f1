/// A request's target: its path split at slashes and its query, both percent-decoded, and its region.
package struct RequestTarget: Sendable {
    package let segments: [String]
    /// The region for which the request is signed.
    package let region: String
    private let query: [(name: String, value: String)]

    /// nil when a percent escape is malformed or the decoded text isn't UTF-8.
    package init?(path: String, query: String, region: String) {
        var segments: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard let text = Self.decode(part) else { return nil }
            segments.append(text)
        }
        var pairs: [(String, String)] = []
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(sides[0]), let value = Self.decode(sides.count > 1 ? sides[1] : "")
            else {
                return nil
            }
            pairs.append((name, value))
        }
        self.segments = segments
        self.query = pairs
        self.region = region
    }

    /// The first parameter of that name.
    package subscript(_ name: String) -> String? { query.first { $0.name == name }?.value }

    private static func decode(_ text: Substring) -> String? {
        var out: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else {
                return nil
            }
            out.append(high << 4 | low)
        }
        return String(validating: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
