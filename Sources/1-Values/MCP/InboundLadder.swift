import Bytes
import HTTP
import JSON

/// The checks on a POST, in the order that the specification's tests require: the first that fails is answered.
struct InboundLadder {
    private let headers: RoutingHeaders
    private let body: Range<Int>
    private let headerIsModern: Bool

    init(_ request: borrowing Request) {
        let bytes = request.bytes.span
        headers = RoutingHeaders(request.head.fields, in: bytes)
        headerIsModern = headers.namesModernVersion(bytes)
        body = request.body
    }

    func classify(_ bytes: Span<UInt8>) -> Inbound {
        if let refusal = headRefusal(bytes) { return .rejected(refusal) }
        let start = JSON.skipSpace(bytes, from: body.lowerBound, to: body.upperBound)
        if start < body.upperBound, bytes[start] == UInt8(ascii: "[") { return classifyBatch(bytes) }
        let message: RPCMessage
        do throws(RPCFault) {
            message = try RPCMessage(bytes, in: body)
        } catch {
            let isModern = headerIsModern || error.isModernClaim
            return .rejected(Rejection(status: 400, error: error.error, id: error.id, isModern: isModern))
        }
        switch message.kind {
        case .request: return message.isModernClaim ? modern(message, bytes) : legacyRequest(message, bytes)
        case .notification where message.isModernClaim || headerIsModern: return .accepted
        case .response where headerIsModern:
            return refuse(.invalidRequest, "A client sends no responses in this protocol version.")
        case .notification, .response: return legacy(message, bytes)
        }
    }

    /// Why a POST is refused whatever its body, judging by its header fields alone.
    func headRefusal(_ bytes: Span<UInt8>) -> Rejection? {
        func refusal(_ message: String, status: Int, fields: [ResponseField] = []) -> Rejection {
            var error = RPCError(.invalidRequest, message)
            error.fields = fields
            return Rejection(status: status, error: error, id: nil, isModern: headerIsModern)
        }
        if headers.hasTwoContentTypes {
            return refusal("The header Content-Type appears twice.", status: 400)
        }
        guard headers.declaresJSON(bytes) else {
            return refusal("The header Content-Type must be application/json.", status: 415)
        }
        // Source: RFC 9110 §15.5.16
        guard !headers.isEncoded else {
            return refusal(
                "The body must be sent as it is, without Content-Encoding.",
                status: 415,
                fields: [ResponseField("Accept-Encoding", "identity")]
            )
        }
        guard !headers.accepted.isNone else {
            return refusal(
                "The header Accept must allow application/json or text/event-stream.",
                status: 406
            )
        }
        return nil
    }

    /// The checks on a GET, which only the legacy era has.
    func openStream(_ bytes: Span<UInt8>) -> Result<ProtocolVersion?, Rejection> {
        guard headers.accepted.eventStream else {
            let error = RPCError(.invalidRequest, "The header Accept must allow text/event-stream.")
            return .failure(Rejection(status: 406, error: error, id: nil, isModern: false))
        }
        return legacyVersion(bytes)
    }

    /// The version that a legacy request without a body names; nil when it names none.
    func legacyVersion(_ bytes: Span<UInt8>) -> Result<ProtocolVersion?, Rejection> {
        let version = headers.version.flatMap { ProtocolVersion(bytes, $0) }
        if let error = legacyHeaderFault(version, bytes) {
            return .failure(Rejection(error, id: nil, isModern: false))
        }
        return .success(version)
    }

    /// The modern ladder. The order of the version checks makes sure that a client that contradicts itself learns this
    /// first.
    private func modern(_ message: RPCMessage, _ bytes: Span<UInt8>) -> Inbound {
        func refuse(_ error: RPCError) -> Inbound {
            .rejected(Rejection(error, id: message.id, isModern: true))
        }
        if let fault = message.metaFault { return refuse(RPCError(.invalidParams, "\(fault)")) }
        if let value = message.logLevel {
            do throws(RPCError) { _ = try LoggingLevel(at: value, in: bytes) } catch { return refuse(error) }
        }
        guard message.clientCapabilities != nil, let claim = message.claimedVersion else {
            return refuse(Self.missingMeta(["io.modelcontextprotocol/clientCapabilities"]))
        }
        guard let version = headers.version else { return refuse(.missingHeader("MCP-Protocol-Version")) }
        if headers.hasTwoVersions { return refuse(.repeatedHeader("MCP-Protocol-Version")) }
        guard claim.equals(utf8: bytes.extracting(version), in: bytes) else {
            return refuse(.mismatch("MCP-Protocol-Version", "the version in params._meta"))
        }
        guard ProtocolVersion(bytes, version)?.isModern == true else {
            return refuse(.unsupportedVersion(bytes.text(version)))
        }
        if let error = routingFault(message, bytes) { return refuse(error) }
        guard message.method.isServedModern else {
            return refuse(.methodNotFound(message.methodName?.text(in: bytes) ?? ""))
        }
        if let error = message.paramsFault() { return refuse(error) }
        return .modern(message)
    }

    /// The fault in `Mcp-Method` or `Mcp-Name`; nil when there is none.
    private func routingFault(_ message: RPCMessage, _ bytes: Span<UInt8>) -> RPCError? {
        guard let method = headers.method else { return .missingHeader("Mcp-Method") }
        if headers.hasTwoMethods { return .repeatedHeader("Mcp-Method") }
        guard message.methodName?.equals(utf8: bytes.extracting(method), in: bytes) == true else {
            return .mismatch("Mcp-Method", "the member method")
        }
        guard let member = message.method.mirrored else { return nil }
        guard let mirrored = message.mirroredValue?.name else {
            let state = message.mirroredValue == nil ? "is missing" : "must be a string"
            return RPCError(.invalidParams, "params.\(member) \(state).")
        }
        guard let name = headers.name else { return .missingHeader("Mcp-Name") }
        if headers.hasTwoNames { return .repeatedHeader("Mcp-Name") }
        let isEqual =
            switch MirroredValue(bytes, name) {
            case .literal(let range): mirrored.equals(utf8: bytes.extracting(range), in: bytes)
            case .decoded(let text): mirrored.equals(utf8: text.span, in: bytes)
            case .malformed: false
            }
        return isEqual ? nil : .mismatch("Mcp-Name", "params.\(member)")
    }

    private func legacyRequest(_ message: RPCMessage, _ bytes: Span<UInt8>) -> Inbound {
        if headerIsModern {
            let missing =
                message.clientCapabilities == nil
                ? ["io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"]
                : ["io.modelcontextprotocol/protocolVersion"]
            return .rejected(Rejection(Self.missingMeta(missing), id: message.id, isModern: true))
        }
        return legacy(message, bytes)
    }

    private func legacy(_ message: RPCMessage, _ bytes: Span<UInt8>) -> Inbound {
        let version = headers.version.flatMap { ProtocolVersion(bytes, $0) }
        if let error = legacyHeaderFault(version, bytes) {
            return .rejected(Rejection(error, id: message.isRequest ? message.id : nil, isModern: false))
        }
        if let fault = message.fault { return .rejected(Rejection(fault, id: message.id, isModern: false)) }
        return .legacy(message, headerVersion: version)
    }

    private func legacyHeaderFault(_ version: ProtocolVersion?, _ bytes: Span<UInt8>) -> RPCError? {
        guard let range = headers.version else { return nil }
        if headers.hasTwoVersions {
            return RPCError(.invalidRequest, "The header MCP-Protocol-Version appears twice.")
        }
        return version == nil ? .unsupportedVersion(bytes.text(range)) : nil
    }

    private func classifyBatch(_ bytes: Span<UInt8>) -> Inbound {
        var elements: [Range<Int>] = []
        do throws(JSONError) {
            let array = try JSON.validate(bytes, in: body)
            try JSON.forEachElement(bytes, of: array) { elements.append($0) }
        } catch {
            let place = JSONError(offset: error.offset - body.lowerBound, reason: error.reason)
            return refuse(.parseError, "The body is not valid JSON: \(place.description).")
        }
        if headerIsModern {
            return refuse(.invalidRequest, "The body must be one JSON-RPC message, not an array.")
        }
        guard !elements.isEmpty else { return refuse(.invalidRequest, "The array of messages is empty.") }
        guard elements.count <= Inbound.batchCountMax else {
            return refuse(.invalidRequest, "The array holds more than \(Inbound.batchCountMax) messages.")
        }
        var messages: [RPCMessage] = []
        for (index, element) in elements.enumerated() {
            guard let message = try? RPCMessage(bytes, in: element) else {  // the array as a whole is refused
                return refuse(.invalidRequest, "Element \(index) of the array is not a JSON-RPC message.")
            }
            if message.isModernClaim {
                return refuse(
                    .invalidRequest,
                    "The body must be one JSON-RPC message, not an array.",
                    isModern: true
                )
            }
            if message.method == .initialize {
                return refuse(.invalidRequest, "A batch can't hold initialize (element \(index)).")
            }
            messages.append(message)
        }
        let version = headers.version.flatMap { ProtocolVersion(bytes, $0) }
        if let error = legacyHeaderFault(version, bytes) {
            return .rejected(Rejection(error, id: nil, isModern: false))
        }
        if let version, !version.mayBatch { return .rejected(.batch(version)) }
        return .batch(messages, headerVersion: version)
    }

    private func refuse(
        _ code: RPCErrorCode,
        _ message: String,
        isModern: Bool = false
    ) -> Inbound {
        let error = RPCError(code, message)
        return .rejected(
            Rejection(status: 400, error: error, id: nil, isModern: isModern || headerIsModern)
        )
    }

    private static func missingMeta(_ keys: [String]) -> RPCError {
        RPCError(.invalidParams, "params._meta is missing \(keys.joined(separator: " and ")).")
    }
}

extension RPCMessage {
    /// The member of `params` that `Mcp-Name` mirrors for this method.
    fileprivate var mirroredValue: Mirrored? {
        switch method {
        case .toolsCall, .promptsGet: nameValue
        case .resourcesRead: uriValue
        case .tasksGet, .tasksUpdate, .tasksCancel: taskIDValue
        default: nil
        }
    }
}

extension RPCError {
    static func missingHeader(_ name: String) -> RPCError {
        RPCError(.headerMismatch, "The header \(name) is missing.")
    }

    static func repeatedHeader(_ name: String) -> RPCError {
        RPCError(.headerMismatch, "The header \(name) appears twice.")
    }

    static func mismatch(_ name: String, _ member: String) -> RPCError {
        RPCError(.headerMismatch, "The header \(name) does not match \(member).")
    }
}
