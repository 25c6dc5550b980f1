import Bytes
import Calendar
import JSON
import MCP

/// One POST in the form in which API Gateway or a function URL would pass it to the function.
///
/// Source: API Gateway Developer Guide, "AWS Lambda proxy integrations for HTTP APIs", payload format 1.0 and 2.0
struct HTTPEvent {
    private let isV1: Bool
    private let http: HTTPExchange
    /// The message's id.
    private let id: Int
    private let method: StaticString
    private let tool: String?
    private let mirrored: [MirroredHeader]
    private let saysVersion: Bool

    /// - Parameter saysVersion: whether to send the protocol version; false before one is agreed on. Source: MCP
    ///   2025-11-25 transports
    init(
        _ contract: Contract,
        _ http: HTTPExchange,
        id: Int,
        method: StaticString,
        tool: String? = nil,
        mirrored: [MirroredHeader] = [],
        saysVersion: Bool = true
    ) {
        isV1 = contract == .httpV1
        self.http = http
        self.id = id
        self.method = method
        self.tool = tool
        self.mirrored = mirrored
        self.saysVersion = saysVersion
    }

    /// Appends the event that holds `message`, which is JSON.
    func append(_ message: Span<UInt8>, to out: inout ByteBuffer) {
        // Quotes are escaped, which usually adds a sixteenth; growing the buffer is cheap.
        out.bytes.reserveCapacity(out.count + 1_600 + message.count + message.count / 8)
        isV1 ? appendV1Start(to: &out) : appendV2Start(to: &out)
        out.append(",\"body\":")
        JSON.appendString(utf8: message, to: &out)
        out.append(",\"isBase64Encoded\":false}")
    }

    private func appendV2Start(to out: inout ByteBuffer) {
        out.append("{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":")
        JSON.appendString(http.address.path, to: &out)
        out.append(",\"rawQueryString\":\"\",\"headers\":{")
        appendHeaders(isList: false, to: &out)
        out.append(
            """
            },"requestContext":{"accountId":"anonymous","apiId":"gateway","domainName":"localhost",\
            "domainPrefix":"gateway","http":{"method":"POST","path":
            """
        )
        JSON.appendString(http.address.path, to: &out)
        out.append(
            """
            ,"protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"mcp-gateway/1"},"requestId":"
            """
        )
        http.requestID(id).append(to: &out)
        out.append("\",\"routeKey\":\"$default\",\"stage\":\"$default\",\"time\":\"")
        UTCTime(ms: http.nowMs).appendLogTime(to: &out)
        out.append("\",\"timeEpoch\":")
        out.append(decimal: Int(http.nowMs))
        out.append("}")
    }

    private func appendV1Start(to out: inout ByteBuffer) {
        out.append("{\"resource\":")
        JSON.appendString(http.address.path, to: &out)
        out.append(",\"path\":")
        JSON.appendString(http.address.path, to: &out)
        out.append(",\"httpMethod\":\"POST\",\"headers\":{")
        appendHeaders(isList: false, to: &out)
        out.append("},\"multiValueHeaders\":{")
        appendHeaders(isList: true, to: &out)
        out.append(
            """
            },"queryStringParameters":null,"multiValueQueryStringParameters":null,"pathParameters":null,\
            "stageVariables":null,"requestContext":{"accountId":"anonymous","apiId":"gateway",\
            "domainName":"localhost","domainPrefix":"gateway","httpMethod":"POST",\
            "identity":{"sourceIp":"127.0.0.1","userAgent":"mcp-gateway/1"},"path":
            """
        )
        JSON.appendString(http.address.path, to: &out)
        out.append(",\"protocol\":\"HTTP/1.1\",\"requestId\":\"")
        http.requestID(id).append(to: &out)
        out.append("\",\"requestTime\":\"")
        UTCTime(ms: http.nowMs).appendLogTime(to: &out)
        out.append("\",\"requestTimeEpoch\":")
        out.append(decimal: Int(http.nowMs))
        out.append(",\"resourceId\":\"gateway\",\"resourcePath\":")
        JSON.appendString(http.address.path, to: &out)
        out.append(",\"stage\":\"$default\"}")
    }

    // MARK: Headers

    /// Headers in alphabetical order. The content type has no parameter: mcp-lambda-handler accepts no other one.
    private func appendHeaders(isList: Bool, to out: inout ByteBuffer) {
        out.append(
            isList
                ? #""accept":["application/json, text/event-stream"],"content-type":["application/json"],"host":["#
                : #""accept":"application/json, text/event-stream","content-type":"application/json","host":"#
        )
        JSON.appendString(http.address.host, to: &out)
        let end: StaticString = isList ? "]" : ""
        let session = http.session
        if session?.isModern == true {
            out.append(isList ? "],\"mcp-method\":[\"" : ",\"mcp-method\":\"")
            out.append(method)
            out.append("\"")
            if let tool {
                out.append(isList ? "],\"mcp-name\":[" : ",\"mcp-name\":")
                JSON.appendString(Self.headerValue(of: tool), to: &out)
            }
            for header in mirrored.sorted(by: { $0.name < $1.name }) {
                out.append(isList ? "],\"" : ",\"")
                out.append(header.name)
                out.append(isList ? "\":[" : "\":")
                JSON.appendString(Self.headerValue(of: header.value), to: &out)
            }
        }
        if saysVersion {
            out.append(isList ? "],\"mcp-protocol-version\":[" : ",\"mcp-protocol-version\":")
            JSON.appendString(session?.version ?? HTTPSession.usualVersion, to: &out)
        }
        if let id = session?.id {
            out.append(isList ? "],\"mcp-session-id\":[" : ",\"mcp-session-id\":")
            JSON.appendString(id, to: &out)
        }
        out.append(end)
    }

    /// A text as a header's value: in Base64 when it has anything but visible ASCII.
    /// Source: MCP 2026-07-28 transports, "Value Encoding"
    private static func headerValue(of text: String) -> String {
        let isPlain = text.utf8.allSatisfy { 0x21...0x7E ~= $0 } && !text.hasPrefix("=?base64?")
        return isPlain ? text : "=?base64?\(base64(text.utf8))?="
    }

    private static func base64(_ text: String.UTF8View) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        let bytes = Array(text)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let three = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
            let word = three[0] << 16 | three[1] << 8 | three[2]
            for place in 0..<4 {
                let isPadding = start + place > bytes.count
                out.append(isPadding ? UInt8(ascii: "=") : digits[Int(word >> (18 - 6 * UInt32(place)) & 63)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
