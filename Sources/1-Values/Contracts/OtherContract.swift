/// The event that a function seems to wait for, judging by its failure or by an answer that isn't a list.
///
/// For operators, shown with the function's own message: agents can't act on it, and it is a guess.
///
/// Source: what mcp-lambda-handler, run-mcp-servers-with-aws-lambda, Mangum, Lambda Web Adapter, lambda_http,
/// serverless-express, aws-serverless-java-container, Powertools, WSGI adapters and plain handlers answered to a list.
package enum OtherContract: Sendable, Equatable {
    case contract(Contract)
    /// An event of SQS, S3 or another service, which no contract sends.
    case serviceEvent

    /// A sentence for the operator.
    package var hint: String {
        guard case .contract(let contract) = self else {
            return "does the function expect records of SQS, S3 or another service? "
                + "Such a function can't serve tools"
        }
        return "\(contract.question) (contract \(contract.rawValue))? "
            + "Then give the target that contract\(contract == .agentcore ? " and declare its tools" : "")"
    }

    /// The event that an exception points to; nil when it points to none.
    /// - Parameter isList: whether the function was asked for its tools: one without tools fails then. In a call, a
    ///   working tool may raise anything.
    package static func behind(
        errorType: String?,
        message: String,
        isList: Bool = false
    ) -> OtherContract? {
        guard isList else { return nil }
        let missing =
            errorType == "KeyError" ? quotedName(message) ?? rubyKey(message) : destructured(message)
        if let missing, let named = contract(ofMember: missing) { return named }
        if let known = knownWords.first(where: { message.contains($0.words) }) { return known.means }
        if errorType == "KeyError", missing != nil { return .contract(.function) }
        let words = message.lowercased()
        if toolWords.contains(where: { words.hasPrefix($0) }) { return .contract(.agentcore) }
        return argumentWords.contains(where: { words.contains($0) }) ? .contract(.function) : nil
    }

    /// The event that a status of 300 or more points to; nil when it points to none.
    /// - Parameters:
    ///   - text: the message in its body.
    ///   - hasHeaders: whether the answer has `headers`, as only answers to HTTP need them.
    ///   - isList: whether the function was asked for its tools.
    package static func behind(
        status: Int,
        text: String,
        hasHeaders: Bool = false,
        isList: Bool = false
    ) -> OtherContract? {
        let words = text.lowercased()
        // The handler of mcp-lambda-handler, which reads version 1 of the event.
        if status == 400, words.contains("unsupported media type") { return .contract(.httpV1) }
        let isHTTP =
            [405, 406, 415, 421].contains(status)
            || status == 400 && frameworkWords.contains { words.contains($0) }
            || status == 404 && (missingPages.contains(words) || words.contains("cannot post"))
        if isHTTP { return .contract(.httpV2) }
        if let named = behind(errorType: nil, message: text, isList: isList) { return named }
        return isList && hasHeaders && 400...499 ~= status ? .contract(.httpV2) : nil
    }
}

extension Contract {
    fileprivate var question: String {
        switch self {
        case .mcpWrapper: "does the function expect {\"method\",\"params\"}"
        case .jsonrpc: "does the function expect a JSON-RPC message"
        case .agentcore: "does the function expect AgentCore's client context"
        case .httpV2: "does the function expect an API Gateway HTTP API or function URL event"
        case .httpV1: "does the function expect an API Gateway REST API event"
        case .function: "does it take its arguments straight from the event"
        }
    }
}

// MARK: Known messages

extension OtherContract {
    /// The kind of function that reads this member of its event.
    private static func contract(ofMember name: String) -> OtherContract? {
        switch name {
        case "httpMethod", "path", "resource", "multiValueHeaders", "multiValueQueryStringParameters":
            .contract(.httpV1)
        case "body", "headers", "requestContext", "http", "rawPath", "rawQueryString", "routeKey",
            "pathParameters", "queryStringParameters", "isBase64Encoded":
            .contract(.httpV2)
        case "custom", "Custom", "bedrockAgentCoreToolName": .contract(.agentcore)
        case "Records": .serviceEvent
        default: nil
        }
    }

    private static let knownWords: [(words: String, means: OtherContract)] = [
        ("has no attribute 'custom'", .contract(.agentcore)),
        ("bedrockAgentCore", .contract(.agentcore)),
        ("(reading 'custom')", .contract(.agentcore)),
        ("(reading 'Custom')", .contract(.agentcore)),
        ("property 'custom' of", .contract(.agentcore)),
        ("unable to infer a handler", .contract(.httpV2)),
        ("Unable to determine event source", .contract(.httpV2)),
        ("JSON payload from Amazon API Gateway", .contract(.httpV2)),
        ("not a valid request from Amazon API Gateway", .contract(.httpV1)),
        ("not a valid request from HTTP API", .contract(.httpV2)),
        ("(reading 'httpMethod')", .contract(.httpV1)),
        ("(reading 'http')", .contract(.httpV2)),
        ("(reading 'headers')", .contract(.httpV2)),
        ("(reading 'body')", .contract(.httpV2)),
        ("(reading 'path')", .contract(.httpV2)),
        ("(reading 'method')", .contract(.httpV2)),
        ("(reading 'requestContext')", .contract(.httpV2)),
        ("(reading 'content-type')", .contract(.httpV2)),
        ("(reading 'authorization')", .contract(.httpV2)),
        ("\"undefined\" is not valid JSON", .contract(.httpV2)),
        ("Unexpected token u in JSON at position 0", .contract(.httpV2)),
        ("the JSON object must be str, bytes or bytearray, not NoneType", .contract(.httpV2)),
        (".Records is not iterable", .serviceEvent),
        // What run-mcp-servers-with-aws-lambda answers to an event that isn't JSON-RPC.
        ("neither a valid JSON-RPC request nor", .contract(.jsonrpc)),
    ]

    private static let frameworkWords = [
        "content-type", "content type", "method not allowed", "session required",
    ]

    /// The beginnings of messages from functions that looked for a tool's name where AgentCore puts it.
    private static let toolWords = ["unknown tool", "unsupported tool", "invalid tool", "no tool name"]

    /// Messages about arguments that the event of a list can't have.
    private static let argumentWords = [
        "is required", "are required", "field required", "required field", "missing required",
        "got an unexpected keyword argument 'method'", "got an unexpected keyword argument 'jsonrpc'",
    ]

    /// What frameworks answer for a path that they don't serve, such as the one that events without HTTP go to.
    private static let missingPages: Set<String> = ["", "not found", "404 not found", "404 page not found"]

    /// The name in a message such as `'body'`, which is all that Python's KeyError says.
    private static func quotedName(_ message: String) -> String? {
        guard message.count > 2, let first = message.first, first == "'" || first == "\"",
            message.last == first
        else { return nil }
        return String(message.dropFirst().dropLast())
    }

    /// The name in Ruby's `key not found: "body"`.
    private static func rubyKey(_ message: String) -> String? {
        let start = "key not found: "
        return message.hasPrefix(start) ? quotedName(String(message.dropFirst(start.count))) : nil
    }

    /// The missing member in JavaScript's `Cannot destructure property 'http' of 'event.requestContext' as it is
    /// undefined.`
    private static func destructured(_ message: String) -> String? {
        guard message.hasPrefix("Cannot destructure property '") else { return nil }
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        guard parts.count >= 4 else { return nil }
        let absent = parts[3].split(separator: ".").last.map { String($0) } ?? ""
        return absent == "clientContext" ? String(parts[1]) : absent
    }
}
