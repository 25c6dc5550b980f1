import JSON

/// Describes why an event is not JSON, in the words of AWS's parser.
///
/// Source: recorded answers of AWS (test vectors `lambda-snapshots`); messages of Jackson's UTF8StreamJsonParser.
enum PayloadFault {
    private static let values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    static func error(_ fault: JSONError, in bytes: Span<UInt8>) -> ServiceError {
        let (text, offset) = describe(fault, in: bytes)
        let (line, column) = place(offset, in: bytes)
        return .invalidContent(
            "Could not parse request body into json: Could not parse payload into json: \(text)\n at "
                + "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
                + "line: \(line), column: \(column)]"
        )
    }

    /// The message, and the offset of the error that it reports.
    private static func describe(_ fault: JSONError, in bytes: Span<UInt8>) -> (String, Int) {
        let offset = min(fault.offset, bytes.count)
        guard offset < bytes.count else { return ("Unexpected end-of-input", bytes.count) }
        let name = character(bytes[offset])
        switch fault.reason {
        case .unexpectedEnd: return ("Unexpected end-of-input", bytes.count)
        case .unexpectedByte(let byte):
            if byte.isNameByte && !byte.isDigit && byte != UInt8(ascii: "-") {
                return token(at: offset, in: bytes)
            }
            return ("Unexpected character (\(name)): expected a valid value \(values)", offset)
        case .invalidUTF8:
            return ("Invalid UTF-8 start byte 0x\(String(bytes[offset], radix: 16))", offset + 1)
        case .controlCharacter:
            let why = "has to be escaped using backslash to be included in string value"
            return ("Illegal unquoted character (\(name)): \(why)", offset)
        case .invalidEscape: return ("Unrecognized character escape \(name)", offset)
        case .invalidNumber: return ("Invalid numeric value: \(name) does not belong there", offset)
        case .expectedKey:
            return ("Unexpected character (\(name)): was expecting double-quote to start field name", offset)
        case .expectedColon:
            return (
                "Unexpected character (\(name)): was expecting a colon to separate field name and value",
                offset
            )
        case .expectedCommaOrEnd:
            return ("Unexpected character (\(name)): was expecting comma to separate entries", offset)
        case .trailingBytes: return ("Unexpected character (\(name)): nothing may follow the value", offset)
        case .tooDeep(let most):
            return ("Document nesting depth (\(most + 1)) exceeds the maximum allowed (\(most))", offset)
        case .duplicateKey, .tooManyMembers, .notAnObject, .notAnArray:
            return (fault.reason.description, offset)
        }
    }

    /// The error for a word that isn't `null`, `true` or `false`.
    private static func token(at start: Int, in bytes: Span<UInt8>) -> (String, Int) {
        var end = start
        while end < bytes.count, end - start < 256 {
            let byte = bytes[end]
            if byte >= 0x80, byte < 0xC2 || byte > 0xF4 {
                return ("Invalid UTF-8 start byte 0x\(String(byte, radix: 16))", end + 1)
            }
            guard byte.isNameByte || byte >= 0x80 else { break }
            end += 1
        }
        var word: [UInt8] = []
        for index in start..<end { word.append(bytes[index]) }
        return ("Unrecognized token '\(String(decoding: word, as: UTF8.self))': was expecting \(values)", end)
    }

    private static func character(_ byte: UInt8) -> String {
        let isControl = byte < 32 || (127...159).contains(byte)
        if isControl { return "(CTRL-CHAR, code \(byte))" }
        return "'\(Character(Unicode.Scalar(byte)))' (code \(byte))"
    }

    /// Line and column, both counted from 1; columns count bytes.
    private static func place(_ offset: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var (line, start) = (1, 0)
        for index in 0..<offset where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            start = index + 1
        }
        return (line, offset - start + 1)
    }
}
