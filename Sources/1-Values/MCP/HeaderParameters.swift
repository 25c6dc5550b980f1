import Bytes
package import HTTP
package import JSON

/// The parameters of one tool that a client mirrors in `Mcp-Param-…` headers, as its schema's `x-mcp-header`
/// annotations say.
///
/// Made once when a tool enters the catalog; for a tool without such parameters a check costs nothing.
/// Source: "x-mcp-header" and "Server Behavior for Custom Headers" in the 2026-07-28 specification.
package struct HeaderParameters: Sendable, Equatable {
    /// One annotated property.
    package struct Parameter: Sendable, Equatable {
        /// The whole header name in lower case, e.g. `mcp-param-region`.
        package let header: String
        /// Property names from the root of the arguments.
        package let path: [String]
    }

    package let parameters: [Parameter]

    package static let none = HeaderParameters(parameters: [])

    package var isEmpty: Bool { parameters.isEmpty }

    /// Checks a call's headers against its arguments.
    ///
    /// A present value needs its header, once and with an equal value; a value that is null, absent, or an object or an
    /// array, which no header can carry, must have none. Headers that no parameter asks for are ignored.
    /// `arguments` is the raw object in the request's bytes.
    /// - Returns: the `-32020` to answer with; nil when all match.
    package func check(arguments: Range<Int>?, of request: Request) -> RPCError? {
        guard !parameters.isEmpty else { return nil }
        let bytes = request.bytes.span
        for parameter in parameters {
            if let error = check(parameter, arguments, request.head.fields, bytes) { return error }
        }
        return nil
    }

    private func check(
        _ parameter: Parameter,
        _ arguments: Range<Int>?,
        _ fields: HeaderFields,
        _ bytes: Span<UInt8>
    ) -> RPCError? {
        var header: Range<Int>?
        for field in fields.all where isNamed(parameter.header.utf8.span, field.name, bytes) {
            guard header == nil else { return .repeatedHeader(shown(parameter)) }
            header = field.value
        }
        guard let value = value(at: parameter.path, of: arguments, bytes) else {
            guard header != nil else { return nil }
            return RPCError(
                .headerMismatch,
                "The header \(shown(parameter)) is there, but \(member(parameter)) is not."
            )
        }
        guard let header else { return .missingHeader(shown(parameter)) }
        let isEqual =
            switch MirroredValue(bytes, header) {
            case .literal(let range): matches(value, bytes.extracting(range), bytes)
            case .decoded(let text): matches(value, text.span, bytes)
            case .malformed: false
            }
        return isEqual ? nil : .mismatch(shown(parameter), member(parameter))
    }

    /// The headers of a request with these arguments, as `check` wants them: for one that the gateway itself makes.
    ///
    /// Half a surrogate pair becomes U+FFFD.
    package func headers(of arguments: Range<Int>?, in bytes: Span<UInt8>) -> [MirroredHeader] {
        parameters.compactMap { parameter in
            guard let value = value(at: parameter.path, of: arguments, bytes) else { return nil }
            let isText = JSON.kind(bytes, at: value) == .string
            let text = isText ? JSON.string(bytes, at: value) : bytes.text(value)
            return text.map { MirroredHeader(name: parameter.header, value: $0) }
        }
    }

    /// The scalar at `path`; nil when there is none or it is null.
    private func value(at path: [String], of arguments: Range<Int>?, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard var value = arguments else { return nil }
        for name in path {
            guard let next = JSON.member(utf8: name.utf8.span, of: value, in: bytes) else { return nil }
            value = next
        }
        switch JSON.kind(bytes, at: value) {
        case .null, .object, .array: return nil
        case .string, .number, .true, .false: return value
        }
    }

    private func matches(_ value: Range<Int>, _ text: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        switch JSON.kind(bytes, at: value) {
        case .string: return JSONName(bytes, at: value)?.equals(utf8: text, in: bytes) == true
        case .true: return text.equals(0..<text.count, "true")
        case .false: return text.equals(0..<text.count, "false")
        case .number:
            // A header that isn't a JSON number is simply another value.
            guard let whole = try? JSON.validate(text), whole == 0..<text.count,
                let shown = JSONNumber(text, at: whole), let number = JSONNumber(bytes, at: value)
            else { return false }
            return number.equals(shown, in: bytes, otherBytes: text)
        case .null, .object, .array: return false
        }
    }

    private func isNamed(_ name: Span<UInt8>, _ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard range.count == name.count else { return false }
        for index in name.indices {
            let byte = bytes[range.lowerBound + index]
            guard (byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte) == name[index] else { return false }
        }
        return true
    }

    private func shown(_ parameter: Parameter) -> String { "Mcp-Param-" + parameter.header.dropFirst(10) }

    private func member(_ parameter: Parameter) -> String {
        "params.arguments." + parameter.path.joined(separator: ".")
    }
}

/// A header that repeats an argument.
package struct MirroredHeader: Sendable, Equatable {
    /// In lower case.
    package let name: String
    /// Not yet in the form that a header can hold.
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Why a schema's `x-mcp-header` annotations are invalid; such a tool must not be listed.
package struct HeaderParameterFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

extension HeaderParameters {
    /// Reads the annotations of a tool's input schema.
    /// - Throws: the first fault, with the path of the property.
    package static func parse(_ inputSchema: JSONValue) throws(HeaderParameterFault) -> HeaderParameters {
        var walk = SchemaWalk()
        try walk.visit(inputSchema, path: [], isReachable: true)
        return HeaderParameters(parameters: walk.parameters)
    }

    /// Reads the annotations of the raw schema in `range`. For invalid JSON, the fault is that of the JSON.
    package static func parse(
        _ bytes: Span<UInt8>,
        inputSchema range: Range<Int>
    ) throws(HeaderParameterFault) -> HeaderParameters {
        let schema: JSONValue
        do throws(JSONError) {
            schema = try JSONValue(parsing: bytes, in: range)
        } catch {
            throw HeaderParameterFault(description: "inputSchema can't be read: \(error.description)")
        }
        return try parse(schema)
    }
}

/// Visits every schema inside a schema. The parser bounded its depth.
private struct SchemaWalk {
    private(set) var parameters: [HeaderParameters.Parameter] = []

    /// Keywords whose value is data, not a schema.
    private static let data: Set = ["enum", "const", "default", "examples", "x-mcp-header"]
    /// Keywords whose value maps names to schemas.
    private static let maps: Set = ["patternProperties", "$defs", "definitions", "dependentSchemas"]

    init() {}

    mutating func visit(
        _ schema: JSONValue,
        path: [String],
        isReachable: Bool
    ) throws(HeaderParameterFault) {
        guard let object = schema.objectValue else { return }
        if let annotation = object["x-mcp-header"] {
            try note(annotation, object, path: path, isReachable: isReachable)
        }
        for member in object.members where !Self.data.contains(member.key) {
            if member.key == "properties" {
                for property in member.value.objectValue?.members ?? [] {
                    try visit(property.value, path: path + [property.key], isReachable: isReachable)
                }
            } else if Self.maps.contains(member.key) {
                for entry in member.value.objectValue?.members ?? [] {
                    try visit(entry.value, path: path, isReachable: false)
                }
            } else if let elements = member.value.arrayValue {
                for element in elements { try visit(element, path: path, isReachable: false) }
            } else {
                try visit(member.value, path: path, isReachable: false)
            }
        }
    }

    private mutating func note(
        _ annotation: JSONValue,
        _ schema: JSONObject,
        path: [String],
        isReachable: Bool
    ) throws(HeaderParameterFault) {
        let place = path.isEmpty ? "the root" : "the property " + path.joined(separator: ".")
        guard isReachable, !path.isEmpty else {
            throw HeaderParameterFault(
                description: "x-mcp-header near \(place) is not reached through properties alone"
            )
        }
        guard let token = annotation.stringValue, isToken(token) else {
            throw HeaderParameterFault(description: "x-mcp-header of \(place) must be a header name token")
        }
        guard let type = schema["type"]?.stringValue, ["string", "integer", "boolean"].contains(type) else {
            throw HeaderParameterFault(
                description: "x-mcp-header of \(place) needs the type string, integer or boolean"
            )
        }
        let header = "mcp-param-" + token.lowercased()
        guard !parameters.contains(where: { $0.header == header }) else {
            throw HeaderParameterFault(description: "x-mcp-header of \(place) repeats the name \(token)")
        }
        parameters.append(HeaderParameters.Parameter(header: header, path: path))
    }

    /// Whether the text is a token of at most 128 characters. Source: RFC 9110 §5.6.2.
    private func isToken(_ text: String) -> Bool {
        let marks = "!#$%&'*+-.^_`|~".utf8
        return (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
                    || marks.contains(byte)
            }
    }
}
