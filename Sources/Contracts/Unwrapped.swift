import Bytes
import JSON

/// An answer without the HTTP-like wrapper it may have come in.
struct Unwrapped {
    /// What the answer is; ranges point into `bytes`.
    enum Form {
        case object(Members, result: Members?)
        /// Any other JSON value.
        case value(Range<Int>)
        /// Text that isn't JSON; may be empty.
        case text(String)
    }

    let bytes: [UInt8]
    let form: Form
    /// The wrapper's status, when it had one.
    var statusCode: Int?

    var isRefusal: Bool { (statusCode ?? 200) >= 400 }
}

extension Unwrapped {
    /// Takes the wrapper off the payload of a function that ran to its end.
    ///
    /// The usual answer costs two scans: the wrapper, and its body after unescaping it into a buffer of its
    /// own.
    /// - Throws: `.badAnswer` for bytes that are neither JSON nor text, broken JSON, or a wrapper without a
    /// body.
    static func read(_ bytes: [UInt8], payload: Range<Int>) throws(ContractError) -> Unwrapped {
        let outer = try parse(bytes, payload, "the function's answer")
        guard case .object(let members, _) = outer.form, members.isWrapper else {
            if case .text(let text) = outer.form, text.isEmpty {
                throw .badAnswer("the function returned nothing; a tool call or list needs an answer")
            }
            if case .value(let range) = outer.form, JSON.kind(bytes.span, at: range) == .null {
                throw .badAnswer("the function returned null; its handler must return the answer")
            }
            return outer
        }
        let status = statusCode(members, bytes.span)
        if let flag = members.isBase64Encoded, JSON.kind(bytes.span, at: flag) == .true {
            throw .badAnswer(
                "the body is base64 (isBase64Encoded), which this contract doesn't have; return text"
            )
        }
        var inner = try body(of: members, in: bytes)
        inner.statusCode = status
        return inner
    }

    private static func body(of members: Members, in bytes: [UInt8]) throws(ContractError) -> Unwrapped {
        guard let body = members.body else {
            if (statusCode(members, bytes.span) ?? 200) >= 400 {
                return Unwrapped(bytes: [], form: .text(""))
            }
            throw .badAnswer(
                "the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}"
            )
        }
        guard let inside = JSONName(bytes.span, at: body) else { return try parse(bytes, body, "the body") }
        var text = ByteBuffer(capacity: body.count)
        JSON.appendUnescaped(bytes.span, inside.range, to: &text)
        return try parse(text.bytes, 0..<text.count, "the body")
    }

    /// Reads JSON, or text when it doesn't look like JSON at all.
    private static func parse(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ what: String
    ) throws(ContractError) -> Unwrapped {
        let span = bytes.span
        guard range.upperBound <= CompactRange.offsetMax else {
            throw .badAnswer("\(what) is larger than 2 GiB")
        }
        var start = range.lowerBound
        while start < range.upperBound, isSpace(span[start]) { start += 1 }
        guard start < range.upperBound else { return Unwrapped(bytes: bytes, form: .text("")) }
        do throws(JSONError) {
            guard span[start] == UInt8(ascii: "{") else {
                return Unwrapped(bytes: bytes, form: .value(try JSON.validate(span, in: range)))
            }
            let (outer, result) = try Members.read(span, at: start, end: range.upperBound)
            for index in outer.range.upperBound..<range.upperBound where !isSpace(span[index]) {
                throw JSONError(offset: index, reason: .trailingBytes)
            }
            return Unwrapped(bytes: bytes, form: .object(outer, result: result))
        } catch {
            if let text = plainText(span, start..<range.upperBound) {
                return Unwrapped(bytes: bytes, form: .text(text))
            }
            let offset = max(error.offset - range.lowerBound, 0)
            throw .badAnswer(
                "\(what) is not valid JSON: \(error.reason.description) at byte \(offset) of \(range.count); "
                    + "it begins \(excerpt(span, start..<range.upperBound))"
            )
        }
    }

    /// The bytes as text when they are UTF-8 without control characters, and aren't meant as JSON.
    private static func plainText(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        guard let first = range.first, !"{[\"".utf8.contains(bytes[first]) else { return nil }
        let text = bytes.text(range)
        // Repair put in U+FFFD where the bytes were not UTF-8.
        let isText = text.unicodeScalars.allSatisfy { scalar in
            scalar != "\u{FFFD}"
                && (scalar.value >= 32 && scalar.value != 127 || "\n\r\t".unicodeScalars.contains(scalar))
        }
        return isText ? text : nil
    }

    private static func statusCode(_ members: Members, _ bytes: Span<UInt8>) -> Int? {
        guard let range = members.statusCode else { return nil }
        return JSON.string(bytes, at: range).flatMap { Int($0) } ?? JSON.int(bytes, at: range)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 10 || byte == 13 || byte == 9
    }
}
