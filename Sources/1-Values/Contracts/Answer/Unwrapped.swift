import Bytes
import JSON

/// An answer without the wrappers and encodings around it.
///
/// Each layer is taken off in place: the members of two objects are too large to be copied at every step.
struct Unwrapped {
    /// What the answer is; ranges point into `bytes`.
    enum Form {
        /// `members`, and `result` when their `result` is an object too.
        case object(hasResult: Bool)
        /// Any other JSON value.
        case value(Range<Int>)
        /// Text that isn't JSON; may be empty.
        case text(String)
    }

    /// What the answer should hold; decides whether a string that holds JSON is unquoted.
    enum Purpose { case call, list }

    private(set) var bytes: [UInt8] = []
    var form = Form.text("")
    /// The members of the object; meaningless when the answer isn't an object.
    private(set) var members = Members()
    /// The members of the object's `result`; meaningless when it has none, or one that isn't an object.
    private(set) var resultMembers = Members()
    /// The wrapper's status, when it had one.
    var statusCode: Int?
    /// Whether a wrapper with a failure's status has headers, as HTTP responses do.
    private(set) var hasHeaders = false

    /// Whether the status means that there is no answer: it is an error, or a redirect, which isn't followed.
    var isRefusal: Bool { (statusCode ?? 200) >= 300 }

    /// How often an answer may be wrapped or encoded.
    static let layersMax = 4
}

extension Unwrapped {
    /// Reads a body that is the answer itself: nothing is unwrapped.
    /// - Throws: `.badAnswer` for bytes that are neither JSON nor text, and for broken JSON.
    init(body: [UInt8], status: Int) throws(ContractError) {
        self.init()
        statusCode = status
        try parse(body, 0..<body.count, "the body")
    }

    /// Removes from the payload of a function that ran to its end the HTTP-like wrapper, Base64, server-sent events,
    /// and quotes around an answer, each as often as it is there, up to `layersMax`.
    ///
    /// The usual answer costs two scans: of the wrapper, and of its body, unescaped into a buffer of its own.
    /// - Throws: `.badAnswer` for bytes that are neither JSON nor text, broken JSON, a wrapper without a
    /// body, or too many layers.
    static func read(
        _ bytes: [UInt8],
        payload: Range<Int>,
        for purpose: Purpose
    ) throws(ContractError) -> Unwrapped {
        var answer = Unwrapped()
        try answer.parse(bytes, payload, "the function's answer")
        if case .text(let text) = answer.form, text.isEmpty {
            throw nothing("the function returned nothing; a tool call or list needs an answer", purpose)
        }
        if case .value(let range) = answer.form, JSON.kind(bytes.span, at: range) == .null {
            throw nothing("the function returned null; its handler must return the answer", purpose)
        }
        var layers = 0
        while try answer.takeOffLayer(for: purpose) {
            layers += 1
            guard layers <= layersMax else {
                throw .badAnswer("it is wrapped or encoded more than \(layersMax) times; return it plainly")
            }
        }
        return consume answer
    }

    /// The error of an empty answer. A function that ignores its event also answers a list with nothing.
    private static func nothing(_ message: String, _ purpose: Purpose) -> ContractError {
        guard purpose == .list else { return .badAnswer(message) }
        return .refused(message, hint: OtherContract.contract(.function).hint)
    }

    /// Removes one wrapper or encoding; returns false when the answer has none.
    private mutating func takeOffLayer(for purpose: Purpose) throws(ContractError) -> Bool {
        switch form {
        case .object:
            if statusCode == nil {
                if members.isWrapper {
                    try openBody()
                    return true
                }
                if let status = Self.statusCode(members, bytes.span) {
                    statusCode = status
                    return true
                }
            }
            // Inside a wrapper, or without a status, this may be data that has a body, which then isn't an answer.
            let isLikeWrapper = members.statusCode != nil || statusCode == nil
            guard members.body != nil, isLikeWrapper, !members.isAnswer else { return false }
            return tryBody(for: purpose)
        case .value(let range):
            guard let inner = unquoted(range, for: purpose) else { return false }
            self = inner
            return true
        case .text(let text):
            let plain = text.utf8.span
            guard let data = EventStreamBody.response(in: plain, 0..<plain.count) else { return false }
            try parse(data, 0..<data.count, "the event's data")
            return true
        }
    }

    /// Takes the body out if it is evidently an answer.
    private mutating func tryBody(for purpose: Purpose) -> Bool {
        var inner = self
        do throws(ContractError) { try inner.openBody() } catch { return false }
        guard inner.holdsAnswer(for: purpose) else { return false }
        self = inner
        return true
    }

    /// The content of a string, when it is an answer, as with `json.dumps(json.dumps(…))`. A string that holds other
    /// JSON is text that the tool wrote.
    private func unquoted(_ range: Range<Int>, for purpose: Purpose) -> Unwrapped? {
        guard let inside = JSONName(bytes.span, at: range) else { return nil }
        var text = ByteBuffer(capacity: inside.range.count + JSON.unescapingSlack)
        JSON.appendUnescaped(bytes.span, inside.range, to: &text)
        var inner = Unwrapped()
        inner.statusCode = statusCode
        inner.hasHeaders = hasHeaders
        // Text that isn't JSON is allowed here.
        do throws(ContractError) { try inner.parse(text.bytes, 0..<text.count, "the text") } catch {
            return nil
        }
        switch inner.form {
        case .value(let range) where JSON.kind(inner.bytes.span, at: range) == .string:
            return inner.unquoted(range, for: purpose) == nil ? nil : inner
        case .text(let text):
            let plain = text.utf8.span
            return EventStreamBody.response(in: plain, 0..<plain.count) == nil ? nil : inner
        default: return inner.holdsAnswer(for: purpose) ? inner : nil
        }
    }

    /// Whether this is evidently an answer, and not data that looks a little like one.
    private func holdsAnswer(for purpose: Purpose) -> Bool {
        let span = bytes.span
        switch form {
        case .object(let hasResult):
            if members.statusCode != nil && members.body != nil
                || members.jsonrpc != nil && members.isEnvelope
            {
                return true
            }
            if purpose == .list { return members.tools != nil || members.result != nil }
            if members.isError != nil || members.structuredContent != nil { return true }
            let inner = hasResult ? resultMembers.content : nil
            guard let content = members.content ?? inner else { return false }
            return isContent(content, span)
        case .value(let range):
            guard JSON.kind(span, at: range) == .array else { return false }
            return purpose == .list || range.count > 2 && isContent(range, span)
        case .text: return false
        }
    }

    // MARK: The wrapper

    private mutating func openBody() throws(ContractError) {
        let (outer, range) = (bytes, members.range)
        let span = outer.span
        let status = Self.statusCode(members, span)
        if let status, status >= 400 { hasHeaders = JSON.member("headers", of: range, in: span) != nil }
        guard let body = members.body, JSON.kind(span, at: body) != .null else {
            if let status, status != 200 { return try becomeEmpty(status, of: range, span) }
            throw .badAnswer(
                "the answer has a statusCode and no body; return {\"statusCode\":200,\"body\":\"…\"}"
            )
        }
        statusCode = status ?? statusCode
        guard let inside = JSONName(span, at: body) else { return try parse(outer, body, "the body") }
        var text = ByteBuffer(capacity: body.count + JSON.unescapingSlack)
        JSON.appendUnescaped(span, inside.range, to: &text)
        if let flag = members.isBase64Encoded, JSON.kind(span, at: flag) == .true {
            text.bytes = try Self.decoded(text.bytes)
        }
        try parse(text.bytes, 0..<text.count, "the body")
        if case .text("") = form, let status, status != 200 { try becomeEmpty(status, of: range, span) }
    }

    /// Handles a status without a body. An error's status says enough; any other is no answer to a call.
    private mutating func becomeEmpty(
        _ status: Int,
        of wrapper: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ContractError) {
        if status >= 400 {
            let hadHeaders = hasHeaders
            self = Unwrapped()
            statusCode = status
            hasHeaders = hadHeaders
            return
        }
        var place = ""
        if 300..<400 ~= status, let headers = JSON.member("headers", of: wrapper, in: bytes) {
            let location =
                JSON.member("Location", of: headers, in: bytes)
                ?? JSON.member("location", of: headers, in: bytes)
            place = location.map { " (a redirect to \(excerpt(bytes, $0)), which isn't followed)" } ?? ""
        }
        throw .badAnswer(
            "it has the status \(status) and an empty body\(place); return the answer in the body"
        )
    }

    /// The bytes of a body that is marked as Base64. A body that is evidently JSON is used as it is.
    static func decoded(_ text: [UInt8]) throws(ContractError) -> [UInt8] {
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

    static func statusCode(_ members: Members, _ bytes: Span<UInt8>) -> Int? {
        guard let range = members.statusCode else { return nil }
        return JSON.string(bytes, at: range).flatMap { Int($0) } ?? JSON.int(bytes, at: range)
    }

    // MARK: Text or JSON

    /// Reads JSON, or text when it doesn't look like JSON at all. A byte order mark in front is skipped.
    /// - Parameter depthMax: the deepest nesting of an object.
    mutating func parse(
        _ source: [UInt8],
        _ range: Range<Int>,
        _ what: StaticString,
        depthMax: Int = JSON.depthMax
    ) throws(ContractError) {
        bytes = source
        let span = source.span
        guard range.upperBound <= CompactRange.offsetMax else {
            throw .badAnswer("\(what) is larger than 2 GiB")
        }
        var start = JSON.skipSpace(span, from: range.lowerBound, to: range.upperBound)
        if span.equals(start..<min(start + 3, range.upperBound), "\u{FEFF}") {
            start = JSON.skipSpace(span, from: start + 3, to: range.upperBound)
        }
        guard start < range.upperBound else {
            form = .text("")
            return
        }
        do throws(JSONError) {
            guard span[start] == UInt8(ascii: "{") else {
                form = .value(try JSON.validate(span, in: start..<range.upperBound))
                return
            }
            let hasResult = try Members.read(
                span,
                at: start,
                end: range.upperBound,
                depthMax: depthMax,
                outer: &members,
                result: &resultMembers
            )
            let end = JSON.skipSpace(span, from: members.range.upperBound, to: range.upperBound)
            guard end == range.upperBound else { throw JSONError(offset: end, reason: .trailingBytes) }
            form = .object(hasResult: hasResult)
        } catch {
            if let text = Self.plainText(span, start..<range.upperBound) {
                form = .text(text)
                return
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
        return text(bytes, range)
    }

    /// The bytes as text when they are UTF-8 without control characters.
    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        let text = bytes.text(range)
        // Repair put in U+FFFD where the bytes were not UTF-8.
        let isText = text.unicodeScalars.allSatisfy { scalar in
            scalar != "\u{FFFD}"
                && (scalar.value >= 32 && scalar.value != 127 || "\n\r\t".unicodeScalars.contains(scalar))
        }
        return isText ? text : nil
    }
}
