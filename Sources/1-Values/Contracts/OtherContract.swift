/// Finds in a function's failure that it waits for another event than it was sent. For operators; agents can't act on
/// it.
///
/// Source: the errors of mcp-lambda-handler, Mangum, Lambda Web Adapter, run-mcp-servers-with-aws-lambda, and of
/// handlers that read their event without asking.
package enum OtherContract {
    /// What an exception points to; empty when it points nowhere.
    ///
    /// `isList`: the function was asked for its tools, to which a function without tools fails by itself.
    package static func hint(errorType: String?, message: String, isList: Bool = false) -> String {
        let missing = errorType == "KeyError" ? missingKey(message) : nil
        if let missing, httpMembers.contains(missing) { return http }
        if agentcoreWords.contains(where: { message.contains($0) }) { return agentcore }
        if httpWords.contains(where: { message.contains($0) }) { return http }
        if isList, missing != nil { return plain }
        return ""
    }

    /// What a status with these words points to; empty when it points nowhere.
    package static func hint(status: Int, text: String) -> String {
        let words = text.lowercased()
        let isHTTP =
            status == 415 || status == 405 || status == 406 || status == 421
            || status == 400 && frameworkWords.contains { words.contains($0) }
            || status == 404 && (missingPages.contains(words) || words.contains("cannot post"))
        return isHTTP ? http : ""
    }

    /// For a function that answered a list with something else.
    package static let plain =
        "does it take its arguments straight from the event (contract function)? "
        + "That contract isn't supported yet"

    private static let http =
        "does the function expect an API Gateway or function URL event (contract http-v2)? "
        + "That contract isn't supported yet"

    private static let agentcore =
        "does the function expect AgentCore's client context (contract agentcore)? "
        + "That contract isn't supported yet"

    private static let httpMembers: Set<String> = [
        "body", "headers", "httpMethod", "requestContext", "rawPath", "rawQueryString", "path",
        "pathParameters",
        "queryStringParameters", "multiValueHeaders", "routeKey", "resource", "isBase64Encoded",
    ]

    private static let httpWords = [
        "unable to infer a handler", "(reading 'http')", "(reading 'httpMethod')", "(reading 'headers')",
        "(reading 'body')", "(reading 'path')", "(reading 'method')", "(reading 'requestContext')",
        "\"undefined\" is not valid JSON", "Unexpected token u in JSON at position 0",
        "the JSON object must be str, bytes or bytearray, not NoneType",
    ]

    private static let agentcoreWords = ["has no attribute 'custom'", "bedrockAgentCore"]

    private static let frameworkWords = [
        "unsupported media type", "content-type", "content type", "method not allowed", "session required",
    ]

    /// What frameworks say of a path that isn't theirs, such as the one that events without HTTP go to.
    private static let missingPages: Set<String> = ["", "not found", "404 not found", "404 page not found"]

    /// The name in a message such as `'body'`, which is all that Python's KeyError says.
    private static func missingKey(_ message: String) -> String? {
        guard message.count > 2, let first = message.first, first == "'" || first == "\"",
            message.last == first
        else { return nil }
        return String(message.dropFirst().dropLast())
    }
}
