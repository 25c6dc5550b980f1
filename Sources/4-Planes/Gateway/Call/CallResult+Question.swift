import Bytes
import Contracts
import JSON
import MCP
import Policy

/// What came of a question. There is no result that tells of a failure, as a tool has one: failures are JSON-RPC errors.
extension CallResult {
    /// A target's result as its caller may see it, in a whole message.
    /// - Throws: why it can't be handed on.
    static func answer(
        _ result: Range<Int>,
        in bytes: Span<UInt8>,
        to request: borrowing AgentRequest
    ) throws(ToolResultFault) -> ByteBuffer {
        let writer = AnswerWriter(version: request.version, identity: request.state.settings.identity)
        var out = request.openEnvelope(capacity: result.count + 384)
        switch request.message.method {
        case .promptsGet: try writer.appendPrompt(result, in: bytes, to: &out)
        case .resourcesRead:
            let mayBeKept = !request.message.continuesEarlierCall
            try writer.appendContents(result, in: bytes, mayBeKept: mayBeKept, to: &out)
        default: try writer.appendCompletion(result, in: bytes, to: &out)
        }
        RPCWriter.closeResult(to: &out)
        return out
    }

    /// A target's error, where it has another meaning for a question than for a tool's call; nil where it hasn't.
    ///
    /// A target need not offer completions, and another one of the caller's view may: then there is nothing to complete. That a
    /// resource isn't there is said as the gateway says it.
    static func answer(
        toCode code: Int,
        of request: borrowing AgentRequest,
        _ asked: AskedEntry?
    ) -> Result<ByteBuffer, RPCError>? {
        switch (request.message.method, RPCErrorCode(rawValue: code)) {
        case (.completionComplete, .methodNotFound):
            let writer = AnswerWriter(version: request.version, identity: request.state.settings.identity)
            var out = request.openEnvelope(capacity: 256)
            writer.appendNoCompletion(to: &out)
            RPCWriter.closeResult(to: &out)
            return .success(out)
        case (.resourcesRead, .resourceNotFound): return .failure(unknownResource(asked, request))
        default: return nil
        }
    }

    static func unknownResource(_ asked: AskedEntry?, _ request: borrowing AgentRequest) -> RPCError {
        let uri = String(String.UnicodeScalarView((asked?.uri?.asked ?? "").unicodeScalars.prefix(256)))
        return .unknownResource(uri, isModern: request.version.isModern)
    }

    /// A failure of the function as an error.
    static func error(_ failure: UpstreamFailure) -> RPCError {
        let type = failure.errorType.flatMap { FailureText.type($0) }
        var about = JSONObject([("code", .string(failure.code.rawValue))])
        if let requestID = failure.requestID { about["requestId"] = .string(requestID) }
        var data = ByteBuffer()
        JSONValue.object(about).write(to: &data)
        return RPCError(.internalError, FailureText.fit(failure.message, type: type), data: data)
    }
}

extension ToolCall {
    /// Different URIs of a result that are looked up; further ones are judged by what they begin with.
    private static let lookedUpURIsMax = 128

    /// What agents see of the URIs in what the function answered; nil when all stay as they are.
    func exposed(_ read: CallAnswer, of tool: CallableTool) -> [UInt8]? {
        guard case .result(let range, _) = read.kind else { return nil }
        let resources = request.state.snapshot.resources
        let target = sentTool.map { request.state.snapshot.tools[$0].target } ?? 0
        let uri = asked?.uri
        let isRenamed = uri.map { !$0.asked.utf8.elementsEqual($0.own.utf8) } ?? false
        guard tool.rewritesURIs || isRenamed else { return nil }
        // A function may name any number of URIs: the same one is looked up once, and so many at most.
        var known: [String: String] = [:]
        var latest = (found: "", exposed: "")
        return ResultURIs.rewritten(range, in: read.bytes.span, of: request.message.method) { found in
            // What was asked for is called as the agent called it.
            if let uri, uri.own.utf8.elementsEqual(found.utf8) { return uri.asked }
            guard tool.rewritesURIs else { return found }
            if let exposed = known[found] { return exposed }
            guard known.count < Self.lookedUpURIsMax else {
                if latest.found != found {
                    latest = (found, resources.exposedByBeginning(found, of: target))
                }
                return latest.exposed
            }
            let exposed = resources.exposed(found, of: target)
            known[found] = exposed
            return exposed
        }?.bytes
    }
}
