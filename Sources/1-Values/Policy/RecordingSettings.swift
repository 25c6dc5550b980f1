/// The parts of a target's calls that are kept beside their figures.
package struct RecordingSettings: Sendable, Hashable {
    package var arguments = RecordedArguments.none
    /// The members that are replaced in what is kept, beside those that look secret: JSON pointers (RFC 6901) into
    /// arguments and results, in which `*` stands for any element or member. Empty unless `arguments` is `redacted`.
    package var redact: [String] = []

    package init(arguments: RecordedArguments = .none, redact: [String] = []) {
        self.arguments = arguments
        self.redact = redact
    }
}

/// Whether arguments and results of calls are kept.
package enum RecordedArguments: String, Sendable, CaseIterable {
    case none
    /// Kept without the parts that are marked or look secret.
    case redacted
    /// Kept as they are, except the gateway's own keys.
    case full
}

extension RecordingSettings {
    /// The most pointers that a target may have.
    package static let pointersMax = 64
    /// The most bytes of one pointer.
    package static let pointerBytesMax = 256
    /// The most names in one pointer.
    package static let pointerDepthMax = 16

    /// Whether it is a pointer such as `/customer/email` or `/items/*/card`: printable text from `/` on, in which `~`
    /// is written `~0` and a `/` within a name `~1`.
    /// Source: RFC 6901 §3
    package static func isPointer(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= pointerBytesMax,
            text.utf8.count(where: { $0 == UInt8(ascii: "/") }) <= pointerDepthMax,
            text.unicodeScalars.allSatisfy({ $0.value >= 32 && !(0x7F...0x9F).contains($0.value) })
        else { return false }
        var isAfterTilde = false
        for byte in text.utf8 {
            if isAfterTilde, byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { return false }
            isAfterTilde = byte == UInt8(ascii: "~")
        }
        return !isAfterTilde
    }
}
