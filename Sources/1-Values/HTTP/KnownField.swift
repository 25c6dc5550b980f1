import Bytes

/// A header field that the gateway looks for. Its name is recognised once, as the field is parsed; later look-ups
/// compare one byte.
@usableFromInline
package enum KnownField: UInt8, Sendable {
    /// Any other name.
    case other

    // Framing, and the peer. Source: RFC 9110 §7, §10.1; RFC 9112 §6
    case host, connection, contentLength, transferEncoding, expect, forwardedFor, userAgent

    // The caller, and its trace. Source: RFC 6750 §2.1; RFC 6454 §7; W3C Trace Context §3
    case authorization, origin, traceparent, tracestate

    // Content. Source: RFC 9110 §8, §12.5
    case accept, contentType, contentEncoding

    // Source: MCP 2026-07-28, "Streamable HTTP"
    case mcpProtocolVersion, mcpSessionID, mcpMethod, mcpName

    // Lambda's answers. Source: AWS Lambda API, Invoke, "Response Syntax"
    case lambdaRequestID, executedVersion, functionError, logResult

    /// The field of this name, which is a token in any case of letters. Compares lengths first.
    init(_ name: Range<Int>, in bytes: Span<UInt8>) {
        self =
            switch name.count {
            case 4 where bytes.equalsToken(name, "host"): .host
            case 6 where bytes.equalsToken(name, "accept"): .accept
            case 6 where bytes.equalsToken(name, "origin"): .origin
            case 6 where bytes.equalsToken(name, "expect"): .expect
            case 8 where bytes.equalsToken(name, "mcp-name"): .mcpName
            case 10 where bytes.equalsToken(name, "connection"): .connection
            case 10 where bytes.equalsToken(name, "user-agent"): .userAgent
            case 10 where bytes.equalsToken(name, "mcp-method"): .mcpMethod
            case 10 where bytes.equalsToken(name, "tracestate"): .tracestate
            case 11 where bytes.equalsToken(name, "traceparent"): .traceparent
            case 12 where bytes.equalsToken(name, "content-type"): .contentType
            case 13 where bytes.equalsToken(name, "authorization"): .authorization
            case 14 where bytes.equalsToken(name, "content-length"): .contentLength
            case 14 where bytes.equalsToken(name, "mcp-session-id"): .mcpSessionID
            case 15 where bytes.equalsToken(name, "x-forwarded-for"): .forwardedFor
            case 16 where bytes.equalsToken(name, "x-amzn-requestid"): .lambdaRequestID
            case 16 where bytes.equalsToken(name, "content-encoding"): .contentEncoding
            case 16 where bytes.equalsToken(name, "x-amz-log-result"): .logResult
            case 17 where bytes.equalsToken(name, "transfer-encoding"): .transferEncoding
            case 20 where bytes.equalsToken(name, "mcp-protocol-version"): .mcpProtocolVersion
            case 20 where bytes.equalsToken(name, "x-amz-function-error"): .functionError
            case 22 where bytes.equalsToken(name, "x-amz-executed-version"): .executedVersion
            default: .other
            }
    }
}
