import HTTP
package import JSON

/// The description of an API, written from its routes. Source: OpenAPI Specification 3.1.1
package struct OpenAPIDocument: Sendable {
    package var title: String
    package var version: String
    package var summary: String
    /// The API's root, e.g. `/admin/v1`.
    package var root: String
    /// The description of the bearer credential.
    package var credential: String

    package init(title: String, version: String, summary: String, root: String, credential: String) {
        self.title = title
        self.version = version
        self.summary = summary
        self.root = root
        self.credential = credential
    }

    package func json<Caller>(_ router: Router<Caller>) -> JSONValue {
        var paths = JSONObject()
        for template in router.routes.map({ $0.template }) where paths[template] == nil {
            let routes = router.routes.filter { $0.template == template }
            let sorted = Method.inOrder.flatMap { method in routes.filter { $0.method == method } }
            paths[template] = .object(
                JSONObject(sorted.map { ($0.method.name.lowercased(), operation($0)) })
            )
        }
        let schemas = router.components.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value.openAPI(isClosed: false))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": .string(title),
                "version": .string(version),
                "description": .string(summary),
            ],
            "servers": [["url": .string(root)]],
            "security": [["bearer": []]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(
                    JSONObject(schemas + [("Problem", Self.problem.openAPI(isClosed: false))])
                ),
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": .string(credential)]
                ],
            ],
        ]
    }

    private func operation<Caller>(_ route: Route<Caller>) -> JSONValue {
        var members = JSONObject([
            ("operationId", .string(route.id)),
            ("summary", .string(route.summary)),
            ("tags", [.string(route.segments.first.map { String($0) } ?? "")]),
        ])
        var parameters = route.parameters.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name),
                "in": .string(parameter.place.rawValue),
                "required": .bool(parameter.isRequired),
                "description": .string(parameter.summary),
                "schema": parameter.schema.openAPI(isClosed: true),
            ]
        }
        if route.problems.contains(.preconditionFailed) {
            parameters.append([
                "name": "If-Match", "in": "header", "required": false,
                "description": "the ETag of the revision that was read; another one is refused",
                "schema": ["type": "string"],
            ])
        }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let body = route.body {
            members["requestBody"] = [
                "required": .bool(!route.isBodyOptional),
                "content": ["application/json": ["schema": body.openAPI(isClosed: true)]],
            ]
        }
        members["responses"] = .object(responses(route))
        return .object(members)
    }

    private func responses<Caller>(_ route: Route<Caller>) -> JSONObject {
        var success = JSONObject([
            ("description", "done"),
            ("content", ["application/json": ["schema": route.answer.openAPI(isClosed: false)]]),
        ])
        if route.problems.contains(.preconditionFailed) {
            success["headers"] = [
                "ETag": ["description": "the revision, for If-Match", "schema": ["type": "string"]]
            ]
        }
        var all = JSONObject([(String(route.status), .object(success))])
        if let status = route.repeatStatus {
            success["description"] = "it was there already; nothing is changed"
            all[String(status)] = .object(success)
        }
        var kinds: [Problem.Kind] = [
            .malformed, .unauthenticated, .invalid, .tooManyRequests, .failed, .unavailable,
        ]
        if route.access == .change { kinds.append(.forbidden) }
        if route.body != nil { kinds += [.tooLarge, .unsupportedMediaType] }
        kinds += route.problems
        for kind in Problem.Kind.allCases where kinds.contains(kind) {
            all[String(kind.status)] = [
                "description": .string(kind.title),
                "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
            ]
        }
        return all
    }

    /// The schema of problems. Source: RFC 9457 §3, with this gateway's own members.
    package static let problem = Schema.object([
        .required("type", .oneOf(Problem.Kind.allCases.map { $0.type })),
        .required("title", .string()),
        .required("status", .integer(400...599)),
        .required("detail", .string(0...65_536, "what was wrong")),
        .required("hint", .string(0...65_536, "what to do next").orNull),
        .required(
            "errors",
            .array(
                .object([
                    .required("field", .string(0...65_536, "a JSON pointer into the body, or the parameter")),
                    .required("detail", .string()),
                ]),
                max: APIBounds.faultsMax
            )
        ),
        .required("requestId", .string(0...64).orNull),
    ])
}
