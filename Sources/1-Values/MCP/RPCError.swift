package import Bytes
package import HTTP
import JSON

/// A JSON-RPC error code. Source: JSON-RPC 2.0 §5.1 and the protocol's "Error Codes".
package struct RPCErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let parseError = RPCErrorCode(rawValue: -32700)
    package static let invalidRequest = RPCErrorCode(rawValue: -32600)
    package static let methodNotFound = RPCErrorCode(rawValue: -32601)
    package static let invalidParams = RPCErrorCode(rawValue: -32602)
    package static let internalError = RPCErrorCode(rawValue: -32603)
    package static let headerMismatch = RPCErrorCode(rawValue: -32020)
    package static let missingRequiredClientCapability = RPCErrorCode(rawValue: -32021)
    package static let unsupportedProtocolVersion = RPCErrorCode(rawValue: -32022)
    /// Legacy only.
    package static let resourceNotFound = RPCErrorCode(rawValue: -32002)
    /// Legacy only, since 2025-11-25.
    package static let urlElicitationRequired = RPCErrorCode(rawValue: -32042)
    /// The gateway's own: an access token whose scopes don't open the tool.
    package static let insufficientScope = RPCErrorCode(rawValue: 403)
    /// The gateway's own, outside JSON-RPC's reserved range: a rate or quota is used up.
    package static let limitExceeded = RPCErrorCode(rawValue: 429)
    /// The gateway's own: it is too busy, or holds calls to the target back.
    package static let unavailable = RPCErrorCode(rawValue: 503)

    /// The name in the specification, for logs and metrics.
    package var name: String {
        switch self {
        case .parseError: "ParseError"
        case .invalidRequest: "InvalidRequest"
        case .methodNotFound: "MethodNotFound"
        case .invalidParams: "InvalidParams"
        case .internalError: "InternalError"
        case .headerMismatch: "HeaderMismatch"
        case .missingRequiredClientCapability: "MissingRequiredClientCapability"
        case .unsupportedProtocolVersion: "UnsupportedProtocolVersion"
        case .resourceNotFound: "ResourceNotFound"
        case .urlElicitationRequired: "URLElicitationRequired"
        case .insufficientScope: "InsufficientScope"
        case .limitExceeded: "LimitExceeded"
        case .unavailable: "Unavailable"
        default: "Application"
        }
    }

    /// The HTTP status of a response with this error code.
    ///
    /// A legacy client takes 404 as the end of its session and other statuses as a broken transport, so errors about
    /// the operation itself are sent with 200 there.
    package func httpStatus(isModern: Bool) -> Int {
        switch self {
        case .parseError, .invalidRequest, .headerMismatch, .missingRequiredClientCapability,
            .unsupportedProtocolVersion:
            400
        case .methodNotFound: isModern ? 404 : 200
        case .invalidParams: isModern ? 400 : 200
        case .insufficientScope: 403
        case .limitExceeded: 429
        case .unavailable: 503
        default: 200
        }
    }
}

/// Why a request is answered with a JSON-RPC error.
package struct RPCError: Error, Sendable, Equatable {
    package var code: RPCErrorCode
    /// One sentence for the caller; it names the member or header at fault.
    package var message: String
    /// One raw JSON value; nil when there is nothing to add.
    package var data: ByteBuffer?
    /// Further header fields of the HTTP response, when the error has a response of its own.
    package var fields: [ResponseField] = []

    package init(_ code: RPCErrorCode, _ message: String, data: ByteBuffer? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The answer to a tool that the caller can't see, whatever the reason: one text for all, so that nothing
    /// leaks.
    package static func unknownTool(_ name: String) -> RPCError {
        RPCError(.invalidParams, "Unknown tool: \(name)")
    }

    /// The same for a prompt.
    package static func unknownPrompt(_ name: String) -> RPCError {
        RPCError(.invalidParams, "Unknown prompt: \(name)")
    }

    /// The same for a resource. Source: MCP 2025-11-25 and 2026-07-28, "Resources", "Error Handling"
    package static func unknownResource(_ uri: String, isModern: Bool) -> RPCError {
        var data = ByteBuffer()
        (["uri": .string(uri)] as JSONValue).write(to: &data)
        return RPCError(isModern ? .invalidParams : .resourceNotFound, "Unknown resource: \(uri)", data: data)
    }

    package static func methodNotFound(_ name: String) -> RPCError {
        RPCError(.methodNotFound, "Method not found: \(String(name.prefix(128)))")
    }

    static func unsupportedVersion(_ requested: String) -> RPCError {
        let requested = String(requested.prefix(64))
        let data: JSONValue = [
            "supported": .array(ProtocolVersion.served.map { .string($0.rawValue) }),
            "requested": .string(requested),
        ]
        var raw = ByteBuffer()
        data.write(to: &raw)
        return RPCError(
            .unsupportedProtocolVersion,
            "Protocol version \"\(requested)\" is not supported; data.supported lists those that are.",
            data: raw
        )
    }
}

extension RPCError {
    /// A target's error in the form that the caller may see.
    ///
    /// An error about the operation is relayed with its code and `data`. An error about the gateway's own request to
    /// the target (its headers, its version, its JSON) becomes an internal error without data: a client would
    /// renegotiate over it in vain. HTTP statuses in place of a code, as some adapters write them, also become internal
    /// errors, since the gateway's own refusals use such codes. Codes of one era are translated for the other. With
    /// codes that the gateway uses too, `-32601` and `-32602`, the message names the target as its source.
    ///
    /// `message` and `data` must already be safe to show to the caller.
    package init(relaying code: Int, message: String, data: ByteBuffer?, isModern: Bool) {
        switch RPCErrorCode(rawValue: code) {
        case .headerMismatch, .unsupportedProtocolVersion, .parseError, .invalidRequest,
            RPCErrorCode(rawValue: 400):
            self.init(.internalError, "The target refused the gateway's request: \(message)")
        case let status where 100..<600 ~= status.rawValue:
            self.init(.internalError, message)
        case .methodNotFound, .invalidParams:
            self.init(RPCErrorCode(rawValue: code), "The target says: \(message)", data: data)
        case .resourceNotFound where isModern:
            self.init(.invalidParams, "The target says: \(message)", data: data)
        case .urlElicitationRequired where isModern:
            self.init(.internalError, "The target asks for input that can't be relayed: \(message)")
        case .missingRequiredClientCapability where !isModern:
            self.init(.internalError, message, data: data)
        case let kept:
            self.init(kept, message, data: data)
        }
    }
}
