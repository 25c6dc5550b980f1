package import HTTP
import JSON

/// The access that an operation needs.
package enum Access: Sendable, Equatable {
    /// Read something.
    case read
    /// Change something, or make the gateway do something.
    case change
}

/// The sender of requests to an API.
package protocol APICaller: Sendable {
    func may(_ access: Access) -> Bool
    /// The caller's role, for the message when access is refused, e.g. `role viewer`.
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

/// One method on one path: its input, its output, who may call it, and its code.
package struct Route<Caller: APICaller>: Sendable {
    package typealias Handler = @Sendable (APICall<Caller>) async throws(Problem) -> APIReply

    package let method: Method
    /// The path below the API's root, e.g. `/tenants/{tenant}`.
    package let template: String
    /// The operation's id: a noun and a verb, e.g. `tenantCreate`.
    package let id: String
    package let summary: String
    package var access: Access
    package var parameters: [Parameter]
    /// The schema of the request's body; nil for no body.
    package var body: Schema?
    /// Whether a request without a body means the same as one with `{}`.
    package var isBodyOptional = false
    /// The status of a success.
    package var status = 200
    /// The status of a success that changed nothing, because the result existed already. The handler's reply chooses
    /// it.
    package var repeatStatus: Int?
    /// The schema of a success's body.
    package var answer: Schema
    /// The problems of this route, besides those that every route may have.
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
