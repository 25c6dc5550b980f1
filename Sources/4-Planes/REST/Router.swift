import HTTP
import JSON

/// Finds the route of a request, checks the request by it, and runs it.
package struct Router<Caller: APICaller>: Sendable {
    package let routes: [Route<Caller>]
    /// The named schemas that routes refer to.
    package let components: Schema.Components

    package init(_ routes: [Route<Caller>], components: Schema.Components) {
        self.routes = routes
        self.components = components
    }

    /// Answers a request; every failure is a problem in the answer.
    package func answer(_ request: APIRequest, as caller: Caller) async -> APIReply {
        do throws(Problem) {
            return try await serve(request, caller)
        } catch {
            return error.reply(requestID: request.requestID)
        }
    }

    private func serve(_ request: APIRequest, _ caller: Caller) async throws(Problem) -> APIReply {
        let (route, path) = try find(request)
        guard caller.may(route.access) else {
            throw Problem(
                .forbidden,
                "\(caller.standing) may not \(route.method.name) \(route.template)",
                hint: "ask with a credential that may change things"
            )
        }
        let call = APICall(
            caller: caller,
            request: request,
            parameters: try parameters(of: request, route, path),
            body: try body(of: request, route)
        )
        var reply = try await route.handler(call)
        if reply.status != route.repeatStatus { reply.status = route.status }
        return reply
    }

    private func find(_ request: APIRequest) throws(Problem) -> (Route<Caller>, [String: String]) {
        let method = request.method == .head ? .get : request.method
        var known: [Method] = []
        for route in routes {
            guard let path = route.match(request.path) else { continue }
            if route.method == method { return (route, path) }
            known.append(route.method)
        }
        guard !known.isEmpty else {
            throw Problem(.notFound, "there is nothing at that path", hint: "see openapi.json for the paths")
        }
        let allowed = Method.inOrder.filter { known.contains($0) || $0 == .head && known.contains(.get) }
        let list = allowed.map { $0.name }.joined(separator: ", ")
        throw Problem(
            .methodNotAllowed,
            "the path takes \(list)",
            fields: [ResponseField("Allow", list)]
        )
    }

    private func parameters(
        of request: APIRequest,
        _ route: Route<Caller>,
        _ path: [String: String]
    ) throws(Problem) -> JSONObject {
        var values = JSONObject()
        var faults: [Problem.Fault] = []
        for parameter in route.parameters where parameter.place == .path {
            guard let text = path[parameter.name] else { continue }
            take(text, parameter, &values, &faults)
        }
        for item in request.query {
            let known = route.parameters.first {
                $0.place == .query && $0.name.utf8.elementsEqual(item.name.utf8)
            }
            let place = "query \(String(item.name.unicodeScalars.prefix(64)))"
            if let known {
                if values[known.name] == nil {
                    take(item.value, known, &values, &faults)
                } else {
                    faults.append(.init(place, "is there twice"))
                }
            } else {
                let names = route.parameters.filter { $0.place == .query }.map { $0.name }
                let list = names.isEmpty ? "none" : names.joined(separator: ", ")
                faults.append(.init(place, "is unknown here; known: \(list)"))
            }
        }
        for parameter in route.parameters where parameter.isRequired && values[parameter.name] == nil {
            let place = "\(parameter.place.rawValue) \(parameter.name)"
            if !faults.contains(where: { $0.field == place }) { faults.append(.init(place, "is missing")) }
        }
        try refuse(faults)
        return values
    }

    private func take(
        _ text: String,
        _ parameter: Parameter,
        _ values: inout JSONObject,
        _ faults: inout [Problem.Fault]
    ) {
        let value: JSONValue
        switch parameter.schema.shape {
        case .integer: value = Int(text).map { .int($0) } ?? .string(text)
        case .boolean: value = text == "true" ? true : text == "false" ? false : .string(text)
        default: value = .string(text)
        }
        let place = "\(parameter.place.rawValue) \(parameter.name)"
        let found = parameter.schema.faults(in: value, at: place, components)
        if found.isEmpty { values[parameter.name] = value } else { faults += found }
    }

    private func body(of request: APIRequest, _ route: Route<Caller>) throws(Problem) -> JSONObject {
        guard let schema = route.body else {
            guard request.body == nil else {
                throw Problem(
                    .invalid,
                    "the request takes no body",
                    errors: [.init("", "must be absent")]
                )
            }
            return JSONObject()
        }
        guard let body = request.body else {
            if route.isBodyOptional { return JSONObject() }
            throw Problem(
                .invalid,
                "the request has no body",
                hint: "send a JSON object",
                errors: [.init("", "is missing")]
            )
        }
        try refuse(schema.faults(in: body, at: "", components))
        return body.objectValue ?? JSONObject()
    }

    private func refuse(_ faults: [Problem.Fault]) throws(Problem) {
        guard let first = faults.first else { return }
        let more = faults.count > 1 ? ", and \(faults.count - 1) more" : ""
        let name = first.field.isEmpty ? "the body" : first.field
        throw Problem(
            .invalid,
            "\(name) \(first.detail)\(more)",
            hint: "openapi.json says what each request takes",
            errors: Array(faults.prefix(APIBounds.faultsMax))
        )
    }
}

extension Router {
    /// Validates a reply against its route's schema, or against the schema of problems; returns the mismatches. Tests
    /// only.
    package func faults(of reply: APIReply, to request: APIRequest) -> [Problem.Fault] {
        guard let body = reply.body else { return [.init("", "there is no body")] }
        guard reply.problem == nil else { return OpenAPIDocument.problem.faults(in: body, at: "") }
        do throws(Problem) {
            let (route, _) = try find(request)
            let isRight = reply.status == route.status || reply.status == route.repeatStatus
            return (isRight ? [] : [.init("", "the status is \(reply.status)")])
                + route.answer.faults(in: body, at: "", components)
        } catch {
            return [.init("", "a success without a route")]
        }
    }
}
