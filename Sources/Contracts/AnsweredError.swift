import Bytes
import JSON

// Errors that a function answers with: JSON-RPC's, and the ones that web frameworks put into a body.

/// A JSON-RPC error with a code that a client knows. Source: JSON-RPC 2.0 section 5.1
///
/// run-mcp-servers-with-aws-lambda answers with HTTP's codes: 400 is an invalid request, 500 and all others
/// an internal error.
func rpcError(_ members: Members, _ bytes: Span<UInt8>) -> (code: Int, message: String)? {
    guard let range = members.error, JSON.kind(bytes, at: range) != .null else { return nil }
    let code = JSON.member("code", of: range, in: bytes).flatMap { JSON.int(bytes, at: $0) }
    let said = message(range, bytes)
    return (translated(code), said.isEmpty ? "The function answered with an error." : said)
}

private func translated(_ code: Int?) -> Int {
    switch code {
    case .some(-32700), .some(-32603 ... -32600): code ?? -32603
    case 400: -32600
    default: -32603
    }
}

/// The words of a body that came with a status of 400 or more; empty when there are none.
func errorText(_ answer: Unwrapped) -> String {
    let bytes = answer.bytes.span
    switch answer.form {
    case .text(let text): return trimmed(readable(text))
    case .value(let range): return message(range, bytes)
    case .object(let members, let result):
        if let error = members.error, JSON.kind(bytes, at: error) != .null { return message(error, bytes) }
        let content = members.content ?? result?.content
        if let content, let first = elements(content, bytes, atMost: 64)?.first,
            let text = JSON.member("text", of: first, in: bytes).flatMap({ JSON.string(bytes, at: $0) })
        {
            return trimmed(readable(text))
        }
        return message(members.range, bytes)
    }
}

/// The message of an error value: a string, an object with one of the usual members, or else the JSON
/// itself, cut.
private func message(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
    if let text = JSON.string(bytes, at: range) { return trimmed(readable(text)) }
    for name in ["message", "Message", "errorMessage", "detail", "error"] as [StaticString] {
        guard let value = JSON.member(name, of: range, in: bytes), let text = JSON.string(bytes, at: value)
        else {
            continue
        }
        let kept = trimmed(readable(text))
        if !kept.isEmpty { return kept }
    }
    return JSON.kind(bytes, at: range) == .null ? "" : excerpt(bytes, range)
}
