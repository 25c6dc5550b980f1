package import Bytes
import JSON

/// Decides which notifications of a function reach its caller while the call runs, and writes them.
///
/// Progress is passed on under the caller's own token alone, and only when it goes forward. Log messages are passed on from
/// the level on that the caller asked for. All others are dropped. What is passed on keeps its bytes.
/// Source: MCP 2026-07-28 and 2025-11-25, "Progress" and "Logging"
package struct NotificationRelay: Sendable {
    /// The caller's token, a raw string or number; empty when it sent none.
    private let token: [UInt8]
    /// The lowest level that the caller hears; nil for none.
    private let level: LoggingLevel?
    private var lastProgress = -Double.infinity
    /// Whether progress of the function was passed on.
    package private(set) var hasPassedProgress = false

    /// - Parameters:
    ///   - token: the raw `progressToken` of the caller's message.
    ///   - level: the lowest level of log messages that the caller wants; nil for none.
    package init(token: [UInt8], level: LoggingLevel?) {
        self.token = token
        self.level = level
    }

    /// Notes that the caller has been told that progress otherwise: the function's goes on behind it.
    package mutating func mustExceed(_ progress: Int) { lastProgress = max(lastProgress, Double(progress)) }

    /// The message for the caller; nil for one that it doesn't get. What nobody wants to hear costs no look at its members.
    /// - Parameters:
    ///   - method: of the function's notification.
    ///   - params: its raw params in `bytes`, which are valid JSON that strict readers accept.
    package mutating func message(_ method: String, _ params: Range<Int>?, in bytes: Span<UInt8>)
        -> ByteBuffer?
    {
        let isProgress = method == "notifications/progress" && !token.isEmpty
        guard isProgress || method == "notifications/message" && level != nil,
            let params, JSON.kind(bytes, at: params) == .object,
            let tree = try? JSONValue(parsing: bytes, in: params),
            isProgress ? isWanted(progress: tree, params, bytes) : isWanted(log: tree)
        else { return nil }
        var out = ByteBuffer(capacity: params.count + 80)
        out.append("{\"jsonrpc\":\"2.0\",\"method\":\"")
        out.append(method)
        out.append("\",\"params\":")
        out.append(bytes.extracting(params))
        out.append("}")
        return out
    }

    private mutating func isWanted(progress: JSONValue, _ params: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard let value = JSON.member("progressToken", of: params, in: bytes),
            isToken(value, bytes),
            let done = progress["progress"]?.doubleValue, done.isFinite, done > lastProgress,
            progress["total"].map({ $0.doubleValue != nil }) ?? true,
            progress["message"].map({ $0.stringValue != nil }) ?? true
        else { return false }
        lastProgress = done
        hasPassedProgress = true
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
