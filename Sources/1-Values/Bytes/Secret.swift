/// A value that must not be seen: it prints as `<redacted>`, in text, in debug output and in reflection.
///
/// `==` takes a time that depends only on the lengths.
package struct Secret: Sendable {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package init(_ text: String) { bytes = Array(text.utf8) }

    package var isEmpty: Bool { bytes.isEmpty }

    /// The value itself, for the one call that computes with it or sends it.
    package var revealed: [UInt8] { bytes }

    /// The value itself as text.
    package var revealedText: String { String(decoding: bytes, as: UTF8.self) }
}

extension Secret: Equatable {
    package static func == (left: Secret, right: Secret) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        var difference: UInt8 = 0
        for index in left.bytes.indices { difference |= left.bytes[index] ^ right.bytes[index] }
        return difference == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
