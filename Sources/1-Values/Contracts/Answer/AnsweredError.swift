import Bytes
import JSON

// Errors that a function answers with: those of JSON-RPC, and the ones that web frameworks put into a body.

/// A JSON-RPC error as the function sent it. Source: JSON-RPC 2.0 section 5.1
struct AnsweredError {
    /// -32603 when there is no code that clients can read.
    let code: Int
    let message: String
    let data: Range<Int>?

    /// The error of a response; nil when it has none.
    init?(_ members: Members, _ bytes: Span<UInt8>) {
        guard let range = members.error, JSON.kind(bytes, at: range) != .null else { return nil }
        let said = errorMessage(range, bytes)
        message = said.isEmpty ? "The function answered with an error." : said
        code = JSON.member("code", of: range, in: bytes).flatMap { Self.code(bytes, $0) } ?? -32603
        data = JSON.member("data", of: range, in: bytes).flatMap {
            JSON.kind(bytes, at: $0) == .null ? nil : $0
        }
    }

    /// Clients hold a code in a double, which has 53 bits.
    private static func code(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Int? {
        let number = JSON.int(bytes, at: value) ?? JSON.string(bytes, at: value).flatMap { Int($0) }
        return number.flatMap { $0.magnitude < 1 << 53 ? $0 : nil }
    }
}

/// The error message in a body that came with a status of 300 or more; empty when there is none.
func errorText(_ answer: Unwrapped) -> String {
    let bytes = answer.bytes.span
    switch answer.form {
    case .text(let text): return readable(text)
    case .value(let range): return errorMessage(range, bytes)
    case .object(let hasResult):
        if let error = answer.members.error, JSON.kind(bytes, at: error) != .null {
            return errorMessage(error, bytes)
        }
        return errorMessage(hasResult ? answer.resultMembers.range : answer.members.range, bytes)
    }
}

/// The message of an error value: a string, an object with one of the usual members, or else the JSON
/// itself, cut.
func errorMessage(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
    if let text = JSON.string(bytes, at: range) { return readable(text) }
    for name in ["message", "Message", "errorMessage", "detail", "error"] as [StaticString] {
        guard let value = JSON.member(name, of: range, in: bytes), let text = JSON.string(bytes, at: value)
        else {
            continue
        }
        let kept = readable(text)
        if !kept.isEmpty { return kept }
    }
    return JSON.kind(bytes, at: range) == .null ? "" : excerpt(bytes, range)
}
