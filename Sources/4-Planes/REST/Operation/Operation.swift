package import HTTP
import JSON

/// The services that the handlers of an API use.
package protocol Serving: Sendable {
    associatedtype Caller: APICaller
}

/// One thing that an API does: its input, its output, who may ask for it, and its code.
///
/// From this one declaration come the route with its checks, its part of the OpenAPI document and, with a `verb`, the
/// command of the command line.
package struct Operation<Service: Serving, A: Arguments, Output: Form>: AnyOperation {
    package typealias Run =
        @Sendable (OperationCall<Service, A>) async throws(Problem) -> Output.Record

    package let method: Method
    /// The path below the API's root, e.g. `/tenants/{tenant}`.
    package let template: String
    /// A noun and a verb, e.g. `tenantCreate`.
    package let id: String
    package let summary: String
    let access: Access?
    /// Whether a request without a body means the same as one with `{}`.
    let isBodyOptional: Bool
    /// The status of a success.
    let status: Int
    /// The status of a success that changed nothing, and the test whether an answer is one.
    let repeated: (status: Int, of: @Sendable (Output.Record) -> Bool)?
    /// The problems of this operation, besides those that every operation may have.
    let problems: [Problem.Kind]
    let verbs: [Verb<A, Output>]
    private let run: Run

    private let arguments = ArgumentList<A>()
    private let output = Fields<Output>()

    package init(
        _ method: Method,
        _ template: String,
        id: String,
        _ summary: String,
        takes arguments: A.Type,
        answers output: Output.Type,
        access: Access? = nil,
        isBodyOptional: Bool = false,
        status: Int = 200,
        repeated: (status: Int, of: @Sendable (Output.Record) -> Bool)? = nil,
        problems: [Problem.Kind] = [],
        verb: Verb<A, Output>? = nil,
        secondVerb: Verb<A, Output>? = nil,
        _ run: @escaping Run
    ) {
        self.method = method
        self.template = template
        self.id = id
        self.summary = summary
        self.access = access
        self.isBodyOptional = isBodyOptional
        self.status = status
        self.repeated = repeated
        self.problems = problems
        verbs = [verb, secondVerb].compactMap { $0 }
        self.run = run
    }

    package var answer: Schema { output.schema }

    package var components: Schema.Components { output.components }

    package func route(_ services: Service) -> Route<Service.Caller> {
        Route(
            method,
            template,
            id: id,
            summary,
            access: access,
            parameters: arguments.parameters,
            body: arguments.body,
            isBodyOptional: isBodyOptional,
            status: status,
            repeatStatus: repeated?.status,
            answer: answer,
            problems: problems
        ) { call throws(Problem) in
            let values = try arguments.read(call)
            let record = try await run(OperationCall(services: services, call: call, values: values))
            var reply = APIReply(output.json(record), etag: Output.revision(of: record).map { EntityTag($0) })
            reply.status = status
            if let repeated, repeated.of(record) { reply.status = repeated.status }
            return reply
        }
    }

    package var commands: [VerbCommand] { verbs.map { VerbCommand($0, place) } }

    var place: OperationPlace {
        OperationPlace(method: method, template: template, arguments: arguments.all)
    }
}

/// An operation of any type.
package protocol AnyOperation<Service>: Sendable {
    associatedtype Service: Serving

    /// A noun and a verb, e.g. `tenantCreate`.
    var id: String { get }
    /// The body of a success.
    var answer: Schema { get }
    /// The named schemas of its answer.
    var components: Schema.Components { get }
    /// The commands of the command line that ask for this operation.
    var commands: [VerbCommand] { get }

    func route(_ services: Service) -> Route<Service.Caller>
}

/// One request to an operation: its values by the names of the arguments, as in `call.expires`.
@dynamicMemberLookup
package struct OperationCall<Service: Serving, A: Arguments>: Sendable {
    package let services: Service
    package let values: Values<A>
    private let call: APICall<Service.Caller>

    init(services: Service, call: APICall<Service.Caller>, values: Values<A>) {
        self.services = services
        self.call = call
        self.values = values
    }

    package var caller: Service.Caller { call.caller }

    package var requestID: String? { call.request.requestID }

    package var isDryRun: Bool { values.isDryRun }

    /// The revision that the request demands of what it changes; nil for any.
    package func expectedRevision() throws(Problem) -> Int64? {
        try EntityTag.expected(call.request.ifMatch)
    }

    /// The part of the list that the request asks for.
    package func page(of list: String) throws(Problem) -> Page { try Page(call, list: list) }

    package subscript<Value>(dynamicMember argument: KeyPath<A, Argument<Value>>) -> Value {
        values[dynamicMember: argument]
    }

    package subscript<Group: Arguments>(dynamicMember group: KeyPath<A, Group>) -> Values<Group> {
        values[dynamicMember: group]
    }
}

extension Router {
    /// A router over operations; its components are the named schemas of their answers.
    package init<Service: Serving>(
        _ operations: [any AnyOperation<Service>],
        _ services: Service
    ) where Service.Caller == Caller {
        self.init(
            operations.map { $0.route(services) },
            components: operations.reduce(into: [:]) { all, operation in
                all.merge(operation.components) { first, _ in first }
            }
        )
    }
}
