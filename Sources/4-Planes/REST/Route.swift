package import HTTP
import JSON

/// What a caller of an API may be allowed to do.
package enum Access: Sendable, Equatable {
    /// Look.
    case read
    /// Change something, or make the gateway do something.
    case change
}

/// Whoever sends requests to an API.
package protocol APICaller: Sendable {
    func may(_ access: Access) -> Bool
    /// What the caller is, for the message when it may not, e.g. `role viewer`.
    var standing: String { get }
}

/// A value in the path or the query of a route.
package struct Parameter: Sendable {
    package enum Place: String, Sendable { case path, query }

    package let name: String
    package let place: Place
    package let schema: Schema
    package let summary: String
    package let isRequired: Bool

    package static func path(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
        Parameter(name: name, place: .path, schema: schema, summary: summary, isRequired: true)
    }

    package static func query(
        _ name: String,
        _ schema: Schema,
        _ summary: String,
        isRequired: Bool = false
    ) -> Parameter {
        Parameter(name: name, place: .query, schema: schema, summary: summary, isRequired: isRequired)
    }
}

/// One method on one path: what it takes, what it answers, who may call it, and what it does.
package struct Route<Caller: APICaller>: Sendable {
    package typealias Handler = @Sendable (APICall<Caller>) async throws(Problem) -> APIReply

    package let method: Method
    /// Below the API's root, e.g. `/tenants/{tenant}`.
    package let template: String
    /// The operation's id: a noun and a verb, e.g. `tenantCreate`.
    package let id: String
    package let summary: String
    package var access: Access
    package var parameters: [Parameter]
    /// What the body must be; nil for none.
    package var body: Schema?
    /// Whether a request without a body is as good as one with `{}`.
    package var isBodyOptional = false
    /// Status of a success.
    package var status = 200
    /// Status of a success that changed nothing, as what was asked for was there already. The answer chooses.
    package var repeatStatus: Int?
    /// The body of a success.
    package var answer: Schema
    /// What may go wrong besides what may go wrong anywhere.
    package var problems: [Problem.Kind]
    package var handler: Handler

    package init(
        _ method: Method,
        _ template: String,
        id: String,
        _ summary: String,
        access: Access? = nil,
        parameters: [Parameter] = [],
        body: Schema? = nil,
        isBodyOptional: Bool = false,
        status: Int = 200,
        repeatStatus: Int? = nil,
        answer: Schema,
        problems: [Problem.Kind] = [],
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.id = id
        self.summary = summary
        self.access = access ?? (method == .get ? .read : .change)
        self.parameters = parameters
        self.body = body
        self.isBodyOptional = isBodyOptional
        self.status = status
        self.repeatStatus = repeatStatus
        self.answer = answer
        self.problems = problems
        self.handler = handler
    }

    /// The segments of the template; `{name}` stands for any.
    var segments: [Substring] { template.split(separator: "/") }

    /// The values of the path's parameters; nil when the path isn't this route's.
    func match(_ path: [String]) -> [String: String]? {
        let segments = segments
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                guard !text.isEmpty else { return nil }
                values[String(segment.dropFirst().dropLast())] = text
            } else if !segment.utf8.elementsEqual(text.utf8) {
                return nil
            }
        }
        return values
    }
}
