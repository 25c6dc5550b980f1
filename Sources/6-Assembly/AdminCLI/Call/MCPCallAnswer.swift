import Bytes
import HTTPClient
import JSON

/// The gateway's answer to a call: a JSON-RPC response, as JSON or as the last event of a stream.
struct MCPCallAnswer: Sendable {
    let message: JSONValue

    /// - Throws: `CommandFailure` for an answer without a result, in words for the user.
    init(_ response: ClientResponse) throws {
        let status = response.status
        let type = response.header("content-type") ?? ""
        let body = response.bytes.span.text(response.body)
        if status == 401 {
            throw CommandFailure(
                "the gateway did not accept the key",
                hint: "it may be revoked, expired or of a suspended tenant: `mcp-gateway key list`"
            )
        }
        let text = type.hasPrefix("text/event-stream") ? Self.lastResponse(inStream: body) : body
        guard let message = try? JSONValue(parsing: text), message.objectValue != nil else {
            throw CommandFailure(
                "the answer is not a JSON-RPC message: HTTP status \(status), \(quoted(body))"
            )
        }
        self.message = message
        guard let error = message["error"] else {
            if status != 200 || message["result"] == nil {
                throw CommandFailure("the answer has no result: HTTP status \(status), \(quoted(body))")
            }
            return
        }
        let code = error["code"]?.intValue.map { " (\($0))" } ?? ""
        let reason = error["message"]?.stringValue ?? "no message"
        throw CommandFailure(
            "the gateway refused: \(reason)\(code)",
            hint: reason.hasPrefix("Unknown tool: ")
                ? "an operator sees why with `mcp-gateway permission explain TENANT TOOL`" : ""
        )
    }

    /// The data of the last event that holds a response. Source: WHATWG HTML, "Interpreting an event stream"
    static func lastResponse(inStream text: String) -> String {
        var last = ""
        var data: [Substring] = []
        func close() {
            let event = data.joined(separator: "\n")
            data = []
            guard let value = try? JSONValue(parsing: event) else { return }
            if value["result"] != nil || value["error"] != nil { last = event }
        }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for line in lines {
            if line.isEmpty { close() }
            guard line.hasPrefix("data:") else { continue }
            let value = line.dropFirst(5)
            data.append(value.hasPrefix(" ") ? value.dropFirst() : value)
        }
        close()
        return last
    }

    /// Prints the result; the exit status is 1 when the tool reported an error.
    func show(_ session: Session) -> Int32 {
        let result = message["result"] ?? .null
        let isError = result["isError"]?.boolValue ?? false
        if session.format == .json {
            session.out.write(jsonText(result) + "\n")
        } else {
            let text = Self.text(of: result)
            let shown = session.out.isTerminal ? safeLines(text) : text
            (isError ? session.err : session.out).write(shown.hasSuffix("\n") ? shown : shown + "\n")
        }
        return isError ? 1 : 0
    }

    /// The content for people: texts as they are, everything else by its name.
    static func text(of result: JSONValue) -> String {
        let blocks = (result["content"]?.arrayValue ?? []).map { block -> String in
            switch block["type"]?.stringValue {
            case "text": return block["text"]?.stringValue ?? ""
            case "image", "audio":
                let bytes = (block["data"]?.stringValue?.utf8.count ?? 0) / 4 * 3
                return "[\(block["mimeType"]?.stringValue ?? "binary"), about \(bytes) bytes]"
            case "resource_link": return "[\(block["uri"]?.stringValue ?? "a resource")]"
            case "resource":
                return block["resource"]?["text"]?.stringValue
                    ?? "[\(block["resource"]?["uri"]?.stringValue ?? "a resource")]"
            default: return jsonText(block)
            }
        }
        if blocks.isEmpty, let structured = result["structuredContent"] { return prettyText(structured) }
        return blocks.joined(separator: "\n")
    }
}
