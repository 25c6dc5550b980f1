import Bytes
import HTTP
import JSON
import MCP
import Testing

struct HeaderParametersTests {
    private static let schema = #"""
        {"type":"object","properties":{
          "region":{"type":"string","x-mcp-header":"Region"},
          "count":{"type":"integer","x-mcp-header":"count"},
          "dry":{"type":"boolean","x-mcp-header":"Dry-Run"},
          "x-mcp-header":{"type":"string","default":{"x-mcp-header":"not a schema"}},
          "where":{"type":"object","properties":{"zone":{"type":"string","x-mcp-header":"Zone"}}}}}
        """#

    @Test
    func `annotations are found at every depth of properties`() throws {
        let parameters = try HeaderParameters.parse(JSONValue(parsing: Self.schema)).parameters
        #expect(
            parameters.map(\.header) == [
                "mcp-param-region", "mcp-param-count", "mcp-param-dry-run", "mcp-param-zone",
            ]
        )
        #expect(parameters.map(\.path) == [["region"], ["count"], ["dry"], ["where", "zone"]])
        #expect(try HeaderParameters.parse(["type": "object"]).isEmpty)
        #expect(try HeaderParameters.parse(true).isEmpty)
    }

    @Test(arguments: [
        (#"{"x-mcp-header":"A","type":"object"}"#, "root"),
        (#"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#, "a"),
        (#"{"properties":{"a":{"type":["string"],"x-mcp-header":"A"}}}"#, "type"),
        (#"{"properties":{"a":{"x-mcp-header":"A"}}}"#, "type"),
        (#"{"properties":{"a":{"type":"object","x-mcp-header":"A"}}}"#, "type"),
        (#"{"properties":{"a":{"type":"string","x-mcp-header":""}}}"#, "token"),
        (#"{"properties":{"a":{"type":"string","x-mcp-header":"A B"}}}"#, "token"),
        (#"{"properties":{"a":{"type":"string","x-mcp-header":"Å"}}}"#, "token"),
        (#"{"properties":{"a":{"type":"string","x-mcp-header":"a:b"}}}"#, "token"),
        (#"{"properties":{"a":{"type":"string","x-mcp-header":7}}}"#, "token"),
        (
            #"{"properties":{"a":{"type":"string","x-mcp-header":"X"},"b":{"type":"string","x-mcp-header":"x"}}}"#,
            "repeats"
        ),
        (#"{"properties":{"a":{"items":{"type":"string","x-mcp-header":"X"}}}}"#, "properties alone"),
        (#"{"allOf":[{"properties":{"a":{"type":"string","x-mcp-header":"X"}}}]}"#, "properties alone"),
        (#"{"$defs":{"d":{"type":"string","x-mcp-header":"X"}}}"#, "properties alone"),
        (#"{"if":{"properties":{"a":{"type":"string","x-mcp-header":"X"}}}}"#, "properties alone"),
        (#"{"patternProperties":{"p":{"type":"string","x-mcp-header":"X"}}}"#, "properties alone"),
        (#"{"additionalProperties":{"type":"string","x-mcp-header":"X"}}"#, "properties alone"),
        (#"{"not":{"properties":{"a":{"type":"string","x-mcp-header":"X"}}}}"#, "properties alone"),
    ])
    func `an annotation that a client would refuse is refused with its place`(
        _ schema: String,
        _ part: String
    ) throws {
        let value = try JSONValue(parsing: schema)
        let fault = #expect(throws: HeaderParameterFault.self) { try HeaderParameters.parse(value) }
        #expect(fault?.description.contains(part) == true, "\(fault?.description ?? "")")
    }

    struct Call: Sendable, CustomTestStringConvertible {
        let arguments: String?
        let fields: [String: String]
        let fault: String?

        init(_ arguments: String?, _ fields: [String: String], _ fault: String? = nil) {
            self.arguments = arguments
            self.fields = fields
            self.fault = fault
        }

        var testDescription: String { "\(arguments ?? "-") \(fields) → \(fault ?? "ok")" }
    }

    @Test(arguments: [
        Call("{}", [:]), Call(nil, [:]), Call(#"{"region":null}"#, [:]), Call("{}", ["Mcp-Param-Other": "x"]),
        Call(#"{"region":"eu"}"#, ["Mcp-Param-Region": "eu"]),
        Call(#"{"region":"eu"}"#, ["mcp-param-REGION": "eu"]),
        Call(#"{"region":"e\u0075"}"#, ["Mcp-Param-Region": "eu"]),
        Call(#"{"region":"blå"}"#, ["Mcp-Param-Region": "=?base64?YmzDpQ==?="]),
        Call(#"{"region":""}"#, ["Mcp-Param-Region": ""]),
        Call(#"{"region":{"an":"object"}}"#, [:]),
        Call(#"{"region":"eu"}"#, [:], "missing"),
        Call(#"{"region":"eu"}"#, ["Mcp-Param-Region": "EU"], "does not match"),
        Call(#"{"region":"eu"}"#, ["Mcp-Param-Region": "=?base64?ZXU?="], "does not match"),
        Call(#"{"region":"eu"}"#, ["Mcp-Param-Region": "=?base64?/w==?="], "does not match"),
        Call("{}", ["Mcp-Param-Region": "eu"], "is not"), Call(nil, ["Mcp-Param-Region": "eu"], "is not"),
        Call(#"{"region":null}"#, ["Mcp-Param-Region": "null"], "is not"),
        Call(#"{"region":["eu"]}"#, ["Mcp-Param-Region": "eu"], "is not"),
        Call(#"{"region":"eu"}"#, ["Mcp-Param-Region": "eu", "mcp-param-region": "eu"], "twice"),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": "42"]),
        Call(#"{"count":42.0}"#, ["Mcp-Param-Count": "42"]),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": "4.2e1"]),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": "43"], "match"),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": "042"], "match"),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": "\"42\""], "match"),
        Call(#"{"count":42}"#, ["Mcp-Param-Count": ""], "match"),
        Call(#"{"count":9007199254740993}"#, ["Mcp-Param-Count": "9007199254740992"], "match"),
        Call(#"{"dry":true}"#, ["Mcp-Param-Dry-Run": "true"]),
        Call(#"{"dry":false}"#, ["Mcp-Param-Dry-Run": "false"]),
        Call(#"{"dry":true}"#, ["Mcp-Param-Dry-Run": "True"], "match"),
        Call(#"{"dry":true}"#, ["Mcp-Param-Dry-Run": "1"], "match"),
        Call(#"{"where":{"zone":"a"}}"#, ["Mcp-Param-Zone": "a"]),
        Call(#"{"where":{"zone":"a"}}"#, [:], "missing"),
        Call(#"{"where":"a"}"#, [:]),
        Call(#"{"zone":"a"}"#, ["Mcp-Param-Zone": "a"], "params.arguments.where.zone"),
    ])
    func `headers must mirror exactly the arguments that are annotated`(_ call: Call) throws {
        let parameters = try HeaderParameters.parse(JSONValue(parsing: Self.schema))
        var post = Post(call.arguments ?? "")
        for (name, value) in call.fields { post.fields.append((name, value)) }
        let request = post.request()
        let error = parameters.check(arguments: call.arguments == nil ? nil : request.body, of: request)
        if let fault = call.fault {
            #expect(error?.code == .headerMismatch)
            #expect(error?.message.contains(fault) == true, "\(error?.message ?? "")")
        } else {
            #expect(error == nil)
        }
    }

    @Test(arguments: [
        (
            #"{"region":"eu","count":-7,"dry":false,"other":1}"#,
            ["region": "eu", "count": "-7", "dry-run": "false"]
        ),
        (#"{"where":{"zone":"Z\u00fcrich \"1\""},"region":null}"#, ["zone": "Zürich \"1\""]),
        (#"{"region":{},"count":[1],"where":"x"}"#, [:]),
        (nil, [:]),
    ])
    func `the gateway's own request repeats what is there`(
        _ arguments: String?,
        _ headers: [String: String]
    ) throws {
        let parameters = try HeaderParameters.parse(JSONValue(parsing: Self.schema))
        let bytes = Array((arguments ?? "").utf8)
        let made = parameters.headers(of: arguments == nil ? nil : 0..<bytes.count, in: bytes.span)
        #expect(
            Dictionary(uniqueKeysWithValues: made.map { ($0.name.dropFirst(10), $0.value) })
                == Dictionary(uniqueKeysWithValues: headers.map { ($0.key[...], $0.value) })
        )
    }

    @Test
    func `a raw schema is read like a parsed one, and invalid JSON is a fault`() throws {
        let bytes = Array(Self.schema.utf8)
        #expect(try HeaderParameters.parse(bytes.span, inputSchema: 0..<bytes.count).parameters.count == 4)
        #expect(throws: HeaderParameterFault.self) {
            try HeaderParameters.parse(bytes.span, inputSchema: 0..<9)
        }
    }
}
