import Bytes
import JSON

/// An answer without what it may be wrapped and encoded in.
struct Unwrapped {
    /// What the answer is; ranges point into `bytes`.
    enum Form {
        case object(Members, result: Members?)
        /// Any other JSON value.
        case value(Range<Int>)
        /// Text that isn't JSON; may be empty.
        case text(String)
    }

    /// What the answer should hold, which decides whether a string that is JSON is taken out of its quotes.
    enum Purpose { case call, list }

    let bytes: [UInt8]
    let form: Form
    /// The wrapper's status, when it had one.
    var statusCode: Int?

    /// Whether the status says that there is no answer: an error, or a redirect, which nobody follows.
    var isRefusal: Bool { (statusCode ?? 200) >= 300 }

    /// How often an answer may be wrapped or encoded.
    static let layersMax = 4
}

extension Unwrapped {
    /// Takes off the payload of a function that ran to its end: the HTTP-like wrapper, Base64, server-sent events, and
    /// quotes around an answer, each as often as it is there, up to `layersMax`.
    ///
    /// The usual answer costs two scans: the wrapper, and its body after unescaping it into a buffer of its
    /// own.
    /// - Throws: `.badAnswer` for bytes that are neither JSON nor text, broken JSON, a wrapper without a
    /// body, or too many layers.
    static func read(
        _ bytes: [UInt8],
        payload: Range<Int>,
        for purpose: Purpose
    ) throws(ContractError) -> Unwrapped {
        var answer = try parse(bytes, payload, "the function's answer")
        if case .text(let text) = answer.form, text.isEmpty {
            throw .badAnswer("the function returned nothing; a tool call or list needs an answer")
        }
        if case .value(let range) = answer.form, JSON.kind(bytes.span, at: range) == .null {
            throw .badAnswer("the function returned null; its handler must return the answer")
        }
        var layers = 0
        while let inner = try answer.inner(for: purpose) {
            layers += 1
            guard layers <= layersMax else {
                throw .badAnswer("it is wrapped or encoded more than \(layersMax) times; return it plainly")
            }
            answer = inner
        }
        return answer
    }

    /// What is wrapped or encoded in this; nil when it is the answer itself.
    private func inner(for purpose: Purpose) throws(ContractError) -> Unwrapped? {
        switch form {
        case .object(let members, _):
            if statusCode == nil {
                if members.isWrapper { return try body(of: members) }
                if let status = Self.statusCode(members, bytes.span) { return with(status) }
            }
            // In a wrapper already, or without a status, this may be data that has a body: then that isn't an answer.
            let isLikeWrapper = members.statusCode != nil || statusCode == nil
            guard members.body != nil, isLikeWrapper, !members.isAnswer, let inner = try? body(of: members),
                inner.holdsAnswer(for: purpose)
            else { return nil }
            return inner
        case .value(let range): return unquoted(range, for: purpose)
        case .text(let text):
            let plain = text.utf8.span
            guard let data = EventStreamBody.response(in: plain, 0..<plain.count) else { return nil }
            return try Self.parse(data, 0..<data.count, "the event's data").with(statusCode)
        }
    }

    /// Consuming, as a form is large to copy.
    private consuming func with(_ status: Int?) -> Unwrapped {
        var changed = self
        changed.statusCode = status
        return changed
    }

    /// What a string holds, when that is an answer, as with `json.dumps(json.dumps(…))`. A string that holds other JSON
    /// is text that the tool wrote.
    private func unquoted(_ range: Range<Int>, for purpose: Purpose) -> Unwrapped? {
        guard let inside = JSONName(bytes.span, at: range) else { return nil }
        var text = ByteBuffer(capacity: inside.range.count)
        JSON.appendUnescaped(bytes.span, inside.range, to: &text)
        // Text that isn't JSON is no fault here.
        guard let inner = try? Self.parse(text.bytes, 0..<text.count, "the text") else { return nil }
        switch inner.form {
        case .value(let range) where JSON.kind(inner.bytes.span, at: range) == .string:
            guard inner.unquoted(range, for: purpose) != nil else { return nil }
            return inner.with(statusCode)
        case .text(let text):
            let plain = text.utf8.span
            guard EventStreamBody.response(in: plain, 0..<plain.count) != nil else { return nil }
            return inner.with(statusCode)
        default: return inner.holdsAnswer(for: purpose) ? inner.with(statusCode) : nil
        }
    }

    /// Whether this is evidently an answer, and no data that looks a little like one.
    private func holdsAnswer(for purpose: Purpose) -> Bool {
        let span = bytes.span
        switch form {
        case .object(let members, let result):
            if members.statusCode != nil && members.body != nil
                || members.jsonrpc != nil && members.isEnvelope
            {
                return true
            }
            if purpose == .list { return members.tools != nil || members.result != nil }
            if members.isError != nil || members.structuredContent != nil { return true }
            guard let content = members.content ?? result?.content else { return false }
            return isContent(content, span)
        case .value(let range):
            guard JSON.kind(span, at: range) == .array else { return false }
            return purpose == .list || range.count > 2 && isContent(range, span)
        case .text: return false
        }
    }

    // MARK: The wrapper

    private func body(of members: Members) throws(ContractError) -> Unwrapped {
        let span = bytes.span
        let status = Self.statusCode(members, span)
        guard let body = members.body, JSON.kind(span, at: body) != .null else {
            if let status, status != 200 { return try Self.empty(status, members, span) }
            throw .badAnswer(
                "the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}"
            )
        }
        guard let inside = JSONName(span, at: body) else {
            return try Self.parse(bytes, body, "the body").with(status ?? statusCode)
        }
        var text = ByteBuffer(capacity: body.count)
        JSON.appendUnescaped(span, inside.range, to: &text)
        if let flag = members.isBase64Encoded, JSON.kind(span, at: flag) == .true {
            text.bytes = try Self.decoded(text.bytes)
        }
        let inner = try Self.parse(text.bytes, 0..<text.count, "the body").with(status ?? statusCode)
        if case .text("") = inner.form, let status, status != 200 {
            return try Self.empty(status, members, span)
        }
        return inner
    }

    /// A status without a body. An error's says what it has to say; any other is no answer to a call.
    private static func empty(
        _ status: Int,
        _ members: Members,
        _ bytes: Span<UInt8>
    ) throws(ContractError) -> Unwrapped {
        if status >= 400 { return Unwrapped(bytes: [], form: .text(""), statusCode: status) }
        var place = ""
        if 300..<400 ~= status, let headers = JSON.member("headers", of: members.range, in: bytes) {
            let location =
                JSON.member("Location", of: headers, in: bytes)
                ?? JSON.member("location", of: headers, in: bytes)
            place = location.map { " (a redirect to \(excerpt(bytes, $0)), which isn't followed)" } ?? ""
        }
        throw .badAnswer(
            "it has the status \(status) and an empty body\(place); return the answer in the body"
        )
    }

    /// The bytes of a body that is marked as Base64. One that is evidently JSON is taken as it is.
    private static func decoded(_ text: [UInt8]) throws(ContractError) -> [UInt8] {
        let span = text.span
        let start = JSON.skipSpace(span, from: 0, to: text.count)
        if start < text.count, span[start] == UInt8(ascii: "{") || span[start] == UInt8(ascii: "[") {
            return text
        }
        guard let bytes = ForgivingBase64.decode(span, 0..<text.count) else {
            throw .badAnswer(
                "isBase64Encoded is true, but the body is not Base64; return text and leave it out"
            )
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            throw .badAnswer("the body is compressed with gzip; return it uncompressed")
        }
        return bytes
    }

    private static func statusCode(_ members: Members, _ bytes: Span<UInt8>) -> Int? {
        guard let range = members.statusCode else { return nil }
        return JSON.string(bytes, at: range).flatMap { Int($0) } ?? JSON.int(bytes, at: range)
    }

    // MARK: Text or JSON

    /// Reads JSON, or text when it doesn't look like JSON at all. A byte order mark in front is skipped.
    private static func parse(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ what: String
    ) throws(ContractError) -> Unwrapped {
        let span = bytes.span
        guard range.upperBound <= CompactRange.offsetMax else {
            throw .badAnswer("\(what) is larger than 2 GiB")
        }
        var start = JSON.skipSpace(span, from: range.lowerBound, to: range.upperBound)
        if span.equals(start..<min(start + 3, range.upperBound), "\u{FEFF}") {
            start = JSON.skipSpace(span, from: start + 3, to: range.upperBound)
        }
        guard start < range.upperBound else { return Unwrapped(bytes: bytes, form: .text("")) }
        do throws(JSONError) {
            guard span[start] == UInt8(ascii: "{") else {
                let value = try JSON.validate(span, in: start..<range.upperBound)
                return Unwrapped(bytes: bytes, form: .value(value))
            }
            let (outer, result) = try Members.read(span, at: start, end: range.upperBound)
            let end = JSON.skipSpace(span, from: outer.range.upperBound, to: range.upperBound)
            guard end == range.upperBound else { throw JSONError(offset: end, reason: .trailingBytes) }
            return Unwrapped(bytes: bytes, form: .object(outer, result: result))
        } catch {
            if let text = plainText(span, start..<range.upperBound) {
                return Unwrapped(bytes: bytes, form: .text(text))
            }
            if span[start] == 0x1F {
                throw .badAnswer("\(what) is compressed with gzip; return it uncompressed")
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
}
