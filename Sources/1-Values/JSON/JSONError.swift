/// Why bytes are not the JSON they should be, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        case unexpectedEnd
        case unexpectedByte(UInt8)
        case invalidNumber
        case invalidEscape
        case controlCharacter(UInt8)
        case invalidUTF8
        case expectedKey
        case expectedColon
        case expectedCommaOrEnd
        case tooDeep(depthMax: Int)
        case trailingBytes
        case duplicateKey
        case tooManyMembers(membersMax: Int)
        case notAnObject
        case notAnArray
    }

    /// Bytes from the start of the scanned span.
    package let offset: Int
    package let reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    init(_ reason: Reason, at offset: Int) { self.init(offset: offset, reason: reason) }

    /// One sentence with the place, without a full stop. Holds at most one byte of the document.
    package var description: String { "\(reason.description) at byte \(offset)" }
}

extension JSONError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unexpectedEnd: "the JSON text ends too early"
        case .unexpectedByte(let byte): "\(name(of: byte)) cannot start a JSON value"
        case .invalidNumber: "the number is not written as JSON numbers are"
        case .invalidEscape: "the string holds an escape that JSON does not know"
        case .controlCharacter(let byte): "the string holds the raw control character \(name(of: byte))"
        case .invalidUTF8: "the string is not valid UTF-8"
        case .expectedKey: "an object's member must start with a quoted name"
        case .expectedColon: "a colon must follow a member's name"
        case .expectedCommaOrEnd: "a comma or the closing bracket must follow"
        case .tooDeep(let depthMax): "arrays and objects are nested deeper than \(depthMax) levels"
        case .trailingBytes: "something follows the JSON value"
        case .duplicateKey: "the object names a member twice"
        case .tooManyMembers(let membersMax): "the object has more than \(membersMax) members"
        case .notAnObject: "the value is not an object"
        case .notAnArray: "the value is not an array"
        }
    }

    private func name(of byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count == 1 ? "0" + digits : digits)
    }
}
