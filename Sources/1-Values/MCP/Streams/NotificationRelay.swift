package import Bytes
import JSON

/// Decides which notifications of a function reach its caller while the call runs, and writes them.
///
/// Progress is passed on under the caller's own token alone, and only when it goes forward. Log messages are passed on from
/// the level on that the caller asked for. All others are dropped. What is passed on keeps its values; a message is one line.
/// Source: MCP 2026-07-28 and 2025-11-25, "Progress" and "Logging"
package struct NotificationRelay: Sendable {
    /// The caller's token, a raw string or number; empty when it sent none.
    private let token: [UInt8]
    private let isModern: Bool
    /// The lowest level that the caller hears; nil for none.
    private let level: LoggingLevel?
    private var lastProgress = -Double.infinity

    /// - Parameters:
    ///   - token: the raw `progressToken` of the caller's message.
    ///   - level: the lowest level of log messages that the caller wants; nil for none.
    package init(version: ProtocolVersion, token: [UInt8], level: LoggingLevel?) {
        isModern = version.isModern
        self.token = token
        self.level = level
    }

    /// Whether there is anything that the caller would hear.
    package var hearsAnything: Bool { !token.isEmpty || level != nil }

    /// The message for the caller; nil for one that it doesn't get.
    /// - Parameters:
    ///   - method: of the function's notification.
    ///   - params: its raw params in `bytes`, which are valid JSON.
    package mutating func message(_ method: String, _ params: Range<Int>?, in bytes: Span<UInt8>)
        -> ByteBuffer?
    {
        guard let params, JSON.kind(bytes, at: params) == .object,
            JSON.overlongNumber(bytes, in: params) == nil,
            let tree = try? JSONValue(parsing: bytes, in: params)
        else { return nil }
        switch method {
        case "notifications/progress": guard isWanted(progress: tree, params, bytes) else { return nil }
        case "notifications/message": guard isWanted(log: tree) else { return nil }
        default: return nil
        }
        var out = ByteBuffer(capacity: params.count + 80)
        out.append("{\"jsonrpc\":\"2.0\",\"method\":\"")
        out.append(method)
        out.append("\",\"params\":")
        let start = out.count
        out.append(bytes.extracting(params))
        // Between the members of JSON a line break is white space; inside a string there is none.
        for index in start..<out.count where out.bytes[index] == 10 || out.bytes[index] == 13 {
            out.bytes[index] = UInt8(ascii: " ")
        }
        out.append("}")
        if JSON.loneSurrogate(out.bytes.span, in: 0..<out.count) != nil {
            JSON.replaceLoneSurrogates(in: &out.bytes)
        }
        return out
    }

    private mutating func isWanted(progress: JSONValue, _ params: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard !token.isEmpty, let value = JSON.member("progressToken", of: params, in: bytes),
            isToken(value, bytes),
            let done = progress["progress"]?.doubleValue, done.isFinite, done > lastProgress,
            progress["total"].map({ $0.doubleValue != nil }) ?? true,
            progress["message"].map({ $0.stringValue != nil }) ?? true
        else { return false }
        lastProgress = done
        return true
    }

    private func isToken(_ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        let own = token.span
        if bytes.equals(value, own) { return true }
        guard let name = JSONName(bytes, at: value), let ours = JSONName(own, at: 0..<own.count) else {
            return false
        }
        return name.text(in: bytes).utf8.elementsEqual(ours.text(in: own).utf8)
    }

    private func isWanted(log: JSONValue) -> Bool {
        guard let level, let said = log["level"]?.stringValue.flatMap({ LoggingLevel(rawValue: $0) }),
            said >= level, log["data"] != nil,
            log["logger"].map({ $0.stringValue != nil }) ?? true
        else { return false }
        return true
    }
}
