import Bytes
import JSON

/// Reading a message. Each level of the envelope refuses duplicate names, compared with their escapes decoded. An
/// optional member that is null counts as absent, as many serializers write absent members so.
extension RPCMessage {
    /// Reads the one message in `range`, with white space around it.
    ///
    /// Members of `params` are read whatever the method; `paramsFault` checks them once it is known.
    /// - Throws: `-32700` when the bytes aren't JSON, `-32600` when they aren't a request, notification or response.
    package init(_ bytes: Span<UInt8>, in range: Range<Int>) throws(RPCFault) {
        self.init()
        guard range.upperBound <= CompactRange.offsetMax else {
            throw RPCFault(
                error: RPCError(.invalidRequest, "The message is larger than 2 GiB."),
                id: nil,
                isModernClaim: false
            )
        }
        var envelope = Envelope()
        do throws(JSONError) {
            let start = JSON.skipSpace(bytes, from: range.lowerBound, to: range.upperBound)
            try envelope.read(bytes, at: start, end: range.upperBound, into: &self)
        } catch {
            // Nothing before a fault in the JSON can be trusted, not even the id.
            throw RPCFault(
                error: Self.rpcError(for: error, bytes, range),
                id: nil,
                isModernClaim: isModernClaim
            )
        }
        if let error = envelope.judge(bytes, range, into: &self) {
            throw RPCFault(error: error, id: envelope.soundID(bytes), isModernClaim: isModernClaim)
        }
    }

    /// Valid JSON that isn't an object is a bad request; everything else isn't JSON.
    private static func rpcError(for error: JSONError, _ bytes: Span<UInt8>, _ range: Range<Int>) -> RPCError
    {
        var error = error
        if error.reason == .notAnObject {
            do throws(JSONError) {
                _ = try JSON.validate(bytes, in: range)
                return RPCError(.invalidRequest, "The body must be one JSON-RPC object.")
            } catch let fault {
                error = fault
            }
        }
        if case .tooManyMembers = error.reason {
            return RPCError(.invalidRequest, "The message is refused: \(error.reason).")
        }
        let place = JSONError(offset: error.offset - range.lowerBound, reason: error.reason)
        return RPCError(.parseError, "The body is not valid JSON: \(place.description).")
    }

    /// The fault in the members of `params` that this request's method needs; nil when there is none.
    func paramsFault() -> RPCError? {
        if let metaFault { return RPCError(.invalidParams, "\(metaFault)") }
        switch method {
        case .toolsCall, .promptsGet:
            guard let nameValue else { return RPCError(.invalidParams, "params.name is missing.") }
            if nameValue.name == nil { return RPCError(.invalidParams, "params.name must be a string.") }
            if argumentsFault { return RPCError(.invalidParams, "params.arguments must be an object.") }
        case .resourcesRead:
            guard let uriValue else { return RPCError(.invalidParams, "params.uri is missing.") }
            if uriValue.name == nil { return RPCError(.invalidParams, "params.uri must be a string.") }
        case .toolsList, .promptsList, .resourcesList, .resourceTemplatesList:
            if cursorFault { return RPCError(.invalidParams, "params.cursor must be a string.") }
        default:
            break
        }
        return nil
    }
}

/// The members that are collected while the outer object is read.
private struct Envelope {
    private var hasVersion = false
    private var isVersion2 = false
    private var id: Range<Int>?
    private var method: Range<Int>?
    private var params: Range<Int>?
    private var hasOutcome = false
    private var outcomeIsNull = true
    private var duplicate: Duplicate?

    private struct Duplicate {
        let level: StaticString
        let name: JSONName
    }

    init() {}

    mutating func read(
        _ bytes: Span<UInt8>,
        at start: Int,
        end: Int,
        into message: inout RPCMessage
    ) throws(JSONError) {
        var names = DuplicateKeyCheck()
        var walk = try JSONObjectWalk(bytes, at: start, end: end)
        while let name = try walk.next(bytes) {
            try note(name, &names, bytes, "the message")
            if name.equals("params", in: bytes), bytes[walk.position] == UInt8(ascii: "{") {
                let first = walk.position
                walk.resume(at: try readParams(bytes, at: first, end: end, into: &message))
                params = first..<walk.position
                continue
            }
            let value = try walk.skip(bytes)
            if name.equals("id", in: bytes) {
                id = value
            } else if name.equals("method", in: bytes) {
                method = value
            } else if name.equals("jsonrpc", in: bytes) {
                hasVersion = true
                isVersion2 = JSONName(bytes, at: value)?.equals("2.0", in: bytes) == true
            } else if name.equals("params", in: bytes) {
                params = value
            } else if name.equals("result", in: bytes) || name.equals("error", in: bytes) {
                hasOutcome = true
                guard JSON.kind(bytes, at: value) != .null else { continue }
                outcomeIsNull = false
                guard !message.outcomeIsError else { continue }
                message.outcome = value
                message.outcomeIsError = name.equals("error", in: bytes)
            }
        }
        let rest = JSON.skipSpace(bytes, from: walk.position, to: end)
        guard rest == end else { throw JSONError(offset: rest, reason: .trailingBytes) }
    }

    private mutating func readParams(
        _ bytes: Span<UInt8>,
        at start: Int,
        end: Int,
        into message: inout RPCMessage
    ) throws(JSONError) -> Int {
        var names = DuplicateKeyCheck()
        var walk = try JSONObjectWalk(bytes, at: start, end: end)
        while let name = try walk.next(bytes) {
            try note(name, &names, bytes, "params")
            if name.equals("_meta", in: bytes), bytes[walk.position] == UInt8(ascii: "{") {
                let first = walk.position
                walk.resume(at: try readMeta(bytes, at: first, end: end, into: &message))
                message.meta = first..<walk.position
                continue
            }
            let value = try walk.skip(bytes, depthMax: JSON.depthMax - 2)
            if name.equals("name", in: bytes) {
                message.nameValue = .init(name: JSONName(bytes, at: value))
            } else if name.equals("arguments", in: bytes) {
                switch JSON.kind(bytes, at: value) {
                case .object: message.arguments = value
                case .null: break
                default: message.argumentsFault = true
                }
            } else if name.equals("cursor", in: bytes) {
                message.cursor = JSONName(bytes, at: value)
                message.cursorFault = message.cursor == nil && JSON.kind(bytes, at: value) != .null
            } else if name.equals("uri", in: bytes) {
                message.uriValue = .init(name: JSONName(bytes, at: value))
            } else if name.equals("taskId", in: bytes) {
                message.taskIDValue = .init(name: JSONName(bytes, at: value))
            } else if name.equals("_meta", in: bytes) {
                guard JSON.kind(bytes, at: value) != .null else { continue }
                message.metaFault = "params._meta must be an object."
            } else if name.equals("inputResponses", in: bytes) || name.equals("requestState", in: bytes) {
                message.continuesEarlierCall = true
            }
        }
        return walk.position
    }

    private mutating func readMeta(
        _ bytes: Span<UInt8>,
        at start: Int,
        end: Int,
        into message: inout RPCMessage
    ) throws(JSONError) -> Int {
        var names = DuplicateKeyCheck()
        var walk = try JSONObjectWalk(bytes, at: start, end: end)
        while let name = try walk.next(bytes) {
            try note(name, &names, bytes, "params._meta")
            let value = try walk.skip(bytes, depthMax: JSON.depthMax - 3)
            if name.equals("io.modelcontextprotocol/protocolVersion", in: bytes) {
                message.isModernClaim = true
                message.claimedVersion = JSONName(bytes, at: value)
                if message.claimedVersion == nil {
                    message.metaFault =
                        "params._meta[\"io.modelcontextprotocol/protocolVersion\"] must be a string."
                }
            } else if name.equals("io.modelcontextprotocol/clientCapabilities", in: bytes) {
                if JSON.kind(bytes, at: value) == .object {
                    message.clientCapabilities = value
                } else {
                    message.metaFault =
                        "params._meta[\"io.modelcontextprotocol/clientCapabilities\"] must be an object."
                }
            } else if name.equals("io.modelcontextprotocol/clientInfo", in: bytes) {
                // The member is optional, so a value of another type is ignored.
                if JSON.kind(bytes, at: value) == .object { message.clientInfo = value }
            } else if name.equals("progressToken", in: bytes) {
                if isStringOrInteger(bytes, value) {
                    message.progressToken = value
                } else if JSON.kind(bytes, at: value) != .null {
                    message.metaFault = "params._meta.progressToken must be a string or an integer."
                }
            } else if name.equals("io.modelcontextprotocol/logLevel", in: bytes) {
                if JSON.kind(bytes, at: value) != .null { message.logLevel = value }
            } else if name.equals("traceparent", in: bytes) {
                message.traceparent = JSONName(bytes, at: value)
            } else if name.equals("tracestate", in: bytes) {
                message.tracestate = JSONName(bytes, at: value)
            }
        }
        return walk.position
    }

    /// Remembers a duplicate and reads on: a fault of the JSON itself comes first, and the id may still
    /// follow.
    private mutating func note(
        _ name: JSONName,
        _ names: inout DuplicateKeyCheck,
        _ bytes: Span<UInt8>,
        _ level: StaticString
    ) throws(JSONError) {
        do throws(JSONError) {
            try names.add(name, in: bytes)
        } catch {
            guard error.reason == .duplicateKey else { throw error }
            if duplicate == nil { duplicate = Duplicate(level: level, name: name) }
        }
    }

    /// Decides what the message is, once it is read to its end.
    /// - Returns: why it isn't a message; nil when it is one.
    func judge(_ bytes: Span<UInt8>, _ range: Range<Int>, into message: inout RPCMessage) -> RPCError? {
        if let duplicate {
            let name = String(duplicate.name.text(in: bytes).prefix(64))
            return RPCError(.invalidRequest, "The member \"\(name)\" of \(duplicate.level) appears twice.")
        }
        guard isVersion2 else {
            let state = hasVersion ? "must be \"2.0\"" : "is missing; it must be \"2.0\""
            return RPCError(.invalidRequest, "The member jsonrpc \(state).")
        }
        if let id {
            guard isStringOrInteger(bytes, id) else {
                return RPCError(.invalidRequest, "The member id must be a string or an integer.")
            }
            message.id = id
        }
        if let method {
            guard let name = JSONName(bytes, at: method) else {
                return RPCError(.invalidRequest, "The member method must be a string.")
            }
            if !outcomeIsNull {
                return RPCError(.invalidRequest, "A message with a method can't have a result or an error.")
            }
            message.methodName = name
            message.method = MCPMethod(name, in: bytes)
            message.kind = id == nil ? .notification : .request
        } else {
            guard hasOutcome else { return RPCError(.invalidRequest, "The member method is missing.") }
            message.kind = .response
        }
        if let params, JSON.kind(bytes, at: params) != .null {
            guard JSON.kind(bytes, at: params) == .object else {
                return RPCError(.invalidRequest, "The member params must be an object.")
            }
            message.params = params
        }
        return nil
    }

    /// The id, if an answer may repeat it: it is present, appears once, and is a string or an integer.
    func soundID(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let id, isStringOrInteger(bytes, id) else { return nil }
        if let duplicate, duplicate.name.equals("id", in: bytes) { return nil }
        return id
    }

    private func isStringOrInteger(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        switch JSON.kind(bytes, at: value) {
        case .string: return true
        case .number:
            for index in value
            where bytes[index] != UInt8(ascii: "-") && bytes[index] &- UInt8(ascii: "0") >= 10 {
                return false  // a fraction or an exponent
            }
            return true
        default: return false
        }
    }
}
