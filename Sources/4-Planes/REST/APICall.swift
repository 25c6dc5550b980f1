package import JSON

/// A request that fits its route: every value has the type that the route says.
package struct APICall<Caller: APICaller>: Sendable {
    package let caller: Caller
    package let request: APIRequest
    /// Of the path and the query.
    package let parameters: JSONObject
    /// The body's members; none when the request has no body.
    package let body: JSONObject

    package init(caller: Caller, request: APIRequest, parameters: JSONObject, body: JSONObject) {
        self.caller = caller
        self.request = request
        self.parameters = parameters
        self.body = body
    }

    /// A parameter that the route requires; empty when it's missing, which the router doesn't let happen.
    package func path(_ name: String) -> String { parameters[name]?.stringValue ?? "" }

    package func query(_ name: String) -> String? { parameters[name]?.stringValue }

    package func queryInteger(_ name: String) -> Int? { parameters[name]?.intValue }

    package func flag(_ name: String) -> Bool { parameters[name]?.boolValue ?? false }

    /// Whether the body says something about that member, be it null.
    package func says(_ name: String) -> Bool { body[name] != nil }

    package func text(_ name: String) -> String? { body[name]?.stringValue }

    package func integer(_ name: String) -> Int? { body[name]?.intValue }

    package func truth(_ name: String) -> Bool? { body[name]?.boolValue }

    package func texts(_ name: String) -> [String] {
        (body[name]?.arrayValue ?? []).compactMap { $0.stringValue }
    }

    /// The revision that the request demands of what it changes; nil for any.
    package func expectedRevision() throws(Problem) -> Int64? { try EntityTag.expected(request.ifMatch) }
}
