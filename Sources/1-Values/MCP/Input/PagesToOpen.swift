package import Bytes
import JSON

/// The pages that a function of 2025-11-25 wants opened before it can go on, as its error -32042 lists them.
///
/// Source: MCP 2025-11-25, client/elicitation, "URL Elicitation Required Error"
package enum PagesToOpen {
    /// The same as a result with `resultType` `input_required`, which is how 2026-07-28 asks: `page-1`, `page-2` and so on are
    /// the keys. The client calls again when the user is done, and the function is asked anew.
    /// - Parameter data: the error's `data`, a raw value in `bytes`.
    /// - Returns: nil when `data` names no pages, too many, or one that can't be opened.
    package static func asInputRequired(_ data: Range<Int>, in bytes: Span<UInt8>) -> ByteBuffer? {
        guard let pages = (try? AnswerWriter.tree(of: data, bytes))?["elicitations"]?.arrayValue,
            1...InputRequests.countMax ~= pages.count
        else { return nil }
        var out = ByteBuffer(capacity: data.count + 128 * pages.count)
        out.append("{\"resultType\":\"input_required\",\"inputRequests\":{")
        for (position, page) in pages.enumerated() {
            guard page["mode"] == "url", let message = page["message"]?.stringValue,
                let url = page["url"]?.stringValue
            else { return nil }
            JSON.appendSeparator(to: &out)
            JSON.appendString("page-\(position + 1)", to: &out)
            out.append(":{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"url\",\"message\":")
            JSON.appendString(message, to: &out)
            out.append(",\"url\":")
            JSON.appendString(url, to: &out)
            out.append("}}")
        }
        out.append("}}")
        return out
    }
}
