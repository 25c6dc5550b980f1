import Bytes
import JSON
import JSONSchema
import Testing

struct SchemaConversionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var type = "JSONSchemaDraft4"
        let from: String
        /// The result's text, or `! ` and the beginning of the fault.
        let to: String
        /// A text that one of the notes contains.
        var note: String?
        var testDescription: String { from }
    }

    private func convert(_ row: Row) -> (text: String, notes: [String]) {
        do throws(SchemaConversionFault) {
            let found = try SchemaConversion.inputSchema(row.from, type: row.type)
            return (found.schema.text, found.notes)
        } catch {
            return ("! \(error)", [])
        }
    }

    private func expect(_ row: Row) {
        let (text, notes) = convert(row)
        if row.to.hasPrefix("!") {
            #expect(text.hasPrefix(row.to), "\(text)")
        } else {
            #expect(text == row.to)
        }
        if let note = row.note {
            #expect(notes.contains { $0.contains(note) }, "\(notes)")
        } else {
            #expect(notes.isEmpty)
        }
    }

    @Test(arguments: [
        Row(from: "{}", to: #"{"type":"object"}"#),
        Row(
            from:
                ##"{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x/y#","type":"object"}"##,
            to: #"{"type":"object"}"#
        ),
        Row(
            from: #"{"properties":{"a":{"type":"number","minimum":1,"exclusiveMinimum":true}}}"#,
            to: #"{"type":"object","properties":{"a":{"type":"number","exclusiveMinimum":1}}}"#
        ),
        Row(
            from: #"{"properties":{"a":{"maximum":1.50,"exclusiveMaximum":false,"minimum":0}}}"#,
            to: #"{"type":"object","properties":{"a":{"maximum":1.50,"minimum":0}}}"#
        ),
        Row(
            from: #"{"properties":{"a":{"type":"string","required":true},"b":{"required":false}}}"#,
            to: #"{"type":"object","properties":{"a":{"type":"string"},"b":{}},"required":["a"]}"#
        ),
        Row(
            from: #"{"type":"object","required":["a","a"],"properties":{"a":{"required":true}}}"#,
            to: #"{"type":"object","properties":{"a":{}},"required":["a"]}"#
        ),
        // A property may have a keyword's name.
        Row(
            from: ##"{"properties":{"id":{"type":"string"},"$ref":{"type":"string"},"definitions":{}}}"##,
            to:
                ##"{"type":"object","properties":{"id":{"type":"string"},"$ref":{"type":"string"},"definitions":{}}}"##
        ),
        Row(
            from:
                ##"{"definitions":{"P":{"type":"string"},"Unused":{}},"properties":{"a":{"$ref":"#/definitions/P"}}}"##,
            to:
                ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/P"}},"$defs":{"P":{"type":"string"}}}"##
        ),
        // References by an id, by a whole URI, and through another reference.
        Row(
            from:
                ##"{"id":"http://x/s","definitions":{"p":{"id":"#pt","type":"string"},"q":{"$ref":"#pt"}},"properties":{"a":{"$ref":"#pt"},"b":{"$ref":"http://x/s#/definitions/q"}}}"##,
            to:
                ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/p"},"b":{"$ref":"#/$defs/p"}},"$defs":{"p":{"type":"string"}}}"##
        ),
        // References into any place, with escapes, and into themselves.
        Row(
            from:
                ##"{"properties":{"a/b c":{"type":"string"},"d":{"$ref":"#/properties/a~1b%20c"},"e":{"$ref":"#"}}}"##,
            to:
                ##"{"type":"object","properties":{"a/b c":{"type":"string"},"d":{"$ref":"#/$defs/a_b_c"},"e":{"$ref":"#"}},"$defs":{"a_b_c":{"type":"string"}}}"##
        ),
        Row(
            from:
                ##"{"$ref":"#/definitions/In","definitions":{"In":{"properties":{"next":{"$ref":"#/definitions/In"}}}}}"##,
            to: ##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##
        ),
        Row(
            from:
                ##"{"properties":{"t":{"$ref":"#/definitions/T"}},"definitions":{"T":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/definitions/T"}}}}}}"##,
            to:
                ##"{"type":"object","properties":{"t":{"$ref":"#/$defs/T"}},"$defs":{"T":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/T"}}}}}}"##
        ),
        // Two schemas with one name.
        Row(
            from:
                ##"{"a":{"x":{"type":"string"}},"b":{"x":{"type":"null"}},"properties":{"p":{"$ref":"#/a/x"},"q":{"$ref":"#/b/x"}}}"##,
            to:
                ##"{"type":"object","a":{"x":{"type":"string"}},"b":{"x":{"type":"null"}},"properties":{"p":{"$ref":"#/$defs/x"},"q":{"$ref":"#/$defs/x_2"}},"$defs":{"x":{"type":"string"},"x_2":{"type":"null"}}}"##
        ),
        Row(
            from: #"{"properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}}"#,
            to: #"{"type":"object","properties":{"a":{"prefixItems":[{"type":"string"}],"items":false}}}"#
        ),
        Row(
            from: #"{"dependencies":{"a":["b"],"c":"d","e":{"required":["f"]}}}"#,
            to:
                #"{"type":"object","dependentRequired":{"a":["b"],"c":["d"]},"dependentSchemas":{"e":{"required":["f"]}}}"#
        ),
        Row(
            from: #"{"x-amazon-events-source":"me","properties":{"a":{"type":"any","x-mcp-header":"!"}}}"#,
            to: #"{"type":"object","properties":{"a":{}}}"#
        ),
        Row(
            from:
                #"{"properties":{"a":{"type":"string","pattern":"(?i)x"}},"patternProperties":{"[":{},"^b":{}}}"#,
            to:
                #"{"type":"object","properties":{"a":{"type":"string"}},"patternProperties":{"^b":{}}}"#,
            note: #""properties.a.pattern" was left out: "(?i)x""#
        ),
        Row(from: #"{"type":["object","null"],"title":5}"#, to: #"{"type":"object"}"#),
        Row(
            from: #"{"anyOf":[{"type":"string"},{"type":"object"}],"allOf":[]}"#,
            to: #"{"type":"object","anyOf":[{"type":"string"},{"type":"object"}]}"#
        ),
        Row(
            from: #"{"properties":{"a":{"enum":[null,{"id":"x","$ref":"y"}],"default":{"required":true}}}}"#,
            to:
                #"{"type":"object","properties":{"a":{"enum":[null,{"id":"x","$ref":"y"}],"default":{"required":true}}}}"#
        ),
    ])
    func `draft 4 is converted into a schema that clients read`(_ row: Row) { expect(row) }

    @Test(arguments: [
        Row(from: "[]", to: "! it is not a JSON object"), Row(from: "", to: "! the JSON text ends too early"),
        Row(from: #"{"a":1,"a":2}"#, to: "! the object names a member twice"),
        Row(from: #"{"type":"string"}"#, to: "! it describes something other than an object"),
        Row(from: #"{"allOf":[{"type":"array"}]}"#, to: "! it describes something other than an object"),
        Row(
            from: #"{"oneOf":[{"type":"array"},{"enum":[5]},false]}"#,
            to: "! it describes something other than an object"
        ),
        Row(
            from: ##"{"anyOf":[{"$ref":"#/definitions/S"}],"definitions":{"S":{"type":"string"}}}"##,
            to: "! it describes something other than an object"
        ),
        Row(
            from: ##"{"properties":{"a":{"$ref":"#/nowhere"}}}"##,
            to: ##"! the reference "#/nowhere" leads nowhere"##
        ),
        Row(
            from: #"{"properties":{"a":{"$ref":"http://elsewhere/x.json"}}}"#,
            to: #"! it refers to another document, "http://elsewhere/x.json""#
        ),
        Row(
            from: #"{"properties":{"a":{"$ref":"file:///etc/passwd"}}}"#,
            to: "! it refers to another document"
        ),
        Row(from: ##"{"$ref":"#"}"##, to: ##"! the reference "#" leads back to itself"##),
        Row(
            from:
                ##"{"properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"$ref":"#/definitions/y"},"y":{"$ref":"#/definitions/x"}}}"##,
            to: "! the reference \"#/definitions/y\" leads back to itself"
        ),
        Row(from: #"{"properties":{"a":5}}"#, to: #"! "properties.a" is not a schema"#),
        Row(from: #"{"properties":[]}"#, to: #"! "properties" must be an object"#),
        Row(from: #"{"required":"a"}"#, to: #"! "required" must be an array of names"#),
        Row(
            from: #"{"properties":{"a":{"type":"strin"}}}"#,
            to: "! clients couldn't read it: properties.a.type must be one of"
        ),
        Row(
            from: #"{"properties":{"a":{"minimum":"5"}}}"#,
            to: "! clients couldn't read it: properties.a.minimum"
        ),
        Row(from: #"{"default":1e999}"#, to: #"! "default" holds a number"#),
        Row(type: "Avro", from: "{}", to: #"! its type is "Avro""#),
        Row(type: "OpenApi3", from: "{}", to: "! it has no member openapi"),
        Row(
            type: "OpenApi3",
            from: #"{"openapi":"3.0.0","components":{"schemas":{}}}"#,
            to: "! it has no schemas"
        ),
        Row(
            type: "OpenApi3",
            from: #"{"openapi":"3.0.0","components":{"schemas":{"A":{"type":"string"}}}}"#,
            to: "! it describes something other than an object"
        ),
    ])
    func `a document that can't be converted is refused with the reason`(_ row: Row) { expect(row) }

    private static func openAPI(_ schemas: String) -> String {
        #"{"openapi":"3.0.0","info":{"version":"1","title":"t"},"paths":{},"components":{"schemas":{\#(schemas)}}}"#
    }

    @Test(arguments: [
        // As in the registry's own template.
        Row(
            type: "OpenApi3",
            from: openAPI(
                ##""Order":{"type":"object","required":["n"],"properties":{"n":{"type":"integer","format":"int32","nullable":true,"example":5}}},"AWSEvent":{"type":"object","required":["detail-type","detail"],"x-amazon-events-detail-type":"order","x-amazon-events-source":"shop","properties":{"detail":{"$ref":"#/components/schemas/Order"},"detail-type":{"type":"string"},"resources":{"type":"array","items":{"type":"object"}},"time":{"type":"string","format":"date-time"}}}"##
            ),
            to:
                ##"{"type":"object","properties":{"detail":{"$ref":"#/$defs/Order"},"detail-type":{"type":"string"},"resources":{"type":"array","items":{"type":"object"}},"time":{"type":"string","format":"date-time"}},"required":["detail-type","detail"],"$defs":{"Order":{"type":"object","properties":{"n":{"type":["integer","null"],"format":"int32","examples":[5]}},"required":["n"]}}}"##
        ),
        Row(
            type: "OpenApi3",
            from: openAPI(#""In":{"properties":{"a":{}}}"#),
            to: #"{"type":"object","properties":{"a":{}}}"#
        ),
        // The root is the schema that no other refers to.
        Row(
            type: "OpenApi3",
            from: openAPI(
                ##""A":{"type":"string"},"B":{"properties":{"a":{"$ref":"#/components/schemas/A"}}}"##
            ),
            to:
                ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}"##
        ),
        Row(
            type: "OpenApi3",
            from: openAPI(#""A":{"title":"a"},"B":{"title":"b"}"#),
            to: #"{"type":"object","title":"a"}"#,
            note: #"the first of 2 schemas, "A", was taken"#
        ),
        Row(
            type: "OpenApi3",
            from: openAPI(
                #""A":{"title":"a"},"B":{"title":"b","x-amazon-events-source":"x"},"C":{}"#
            ),
            to: #"{"type":"object","title":"b"}"#
        ),
        Row(
            type: "OpenApi3",
            from: openAPI(
                ##""In":{"nullable":true,"discriminator":{"propertyName":"k"},"xml":{},"properties":{"e":{"type":"string","enum":["x"],"nullable":true},"r":{"nullable":true,"description":"d","$ref":"#/components/schemas/In"},"o":{"nullable":true,"oneOf":[{"type":"string"}]},"n":{"nullable":true}}}"##
            ),
            to:
                ##"{"type":"object","properties":{"e":{"type":["string","null"],"enum":["x",null]},"r":{"anyOf":[{"$ref":"#","description":"d"},{"type":"null"}]},"o":{"anyOf":[{"oneOf":[{"type":"string"}]},{"type":"null"}]},"n":{}}}"##
        ),
    ])
    func `OpenAPI is converted into a schema that clients read`(_ row: Row) { expect(row) }

    @Test func `the size and depth of documents are bounded`() {
        let deep =
            String(repeating: #"{"properties":{"a":"#, count: 30) + "{}" + String(repeating: "}}", count: 30)
        #expect(
            convert(Row(from: deep, to: "")).text.hasPrefix("! arrays and objects are nested deeper than 52")
        )
        let large = #"{"description":"\#(String(repeating: "x", count: 200_000))"}"#
        #expect(convert(Row(from: large, to: "")).text.hasPrefix("! it has 200018 bytes, more than 196608"))
        // References that would double at each step are kept as references.
        let names = 0..<1_500
        let doubling = names.map {
            ##""d\##($0)":{"properties":{"a":{"$ref":"#/definitions/d\##($0 + 1)"},"b":{"$ref":"#/definitions/d\##($0 + 1)"}}}"##
        }
        let start = ##"{"properties":{"a":{"$ref":"#/definitions/d0"}},"definitions":{"d1500":{},"##
        let found = convert(Row(from: start + doubling.joined(separator: ",") + "}}", to: ""))
        #expect(found.text.hasPrefix("{"), "\(found.text.prefix(200))")
        #expect(found.text.utf8.count < 200_000)
        let many = (0..<2_100).map { ##""d\##($0)":{"items":{"$ref":"#/definitions/d\##($0 + 1)"}}"## }
        let chain = ##"{"properties":{"a":{"$ref":"#/definitions/d0"}},"definitions":{"d2100":{},"##
        #expect(
            convert(Row(from: chain + many.joined(separator: ",") + "}}", to: "")).text
                == "! it refers to more than 2000 schemas"
        )
    }

    // MARK: Anything at all

    /// Any document gives a schema with an object at its root, or a reason; conversion always ends.
    @Test(arguments: ["JSONSchemaDraft4", "OpenApi3"])
    func `any document is converted into an object schema or refused with a reason`(_ type: String) throws {
        var random = Numbers(state: 7)
        var converted = 0
        for _ in 0..<1_500 {
            var document = Self.schema(&random, depth: 4)
            if type == "OpenApi3" {
                document = [
                    "openapi": "3.0.1",
                    "components": ["schemas": ["A": document, "B": Self.schema(&random, depth: 3)]],
                ]
            } else if case .object(var object) = document {
                object["definitions"] = [
                    "A": Self.schema(&random, depth: 2), "B": Self.schema(&random, depth: 2),
                ]
                document = .object(object)
            }
            var text = document.text
            if random.next(8) == 0 { text = String(text.dropLast(random.next(text.count))) }
            do throws(SchemaConversionFault) {
                let found = try SchemaConversion.inputSchema(text, type: type)
                converted += 1
                #expect(found.schema["type"] == "object", "\(text)")
                #expect((try? Schema(reading: found.schema)) != nil, "\(text)")
                // A converted schema stays the same when converted again, except for words that only older drafts have.
                let again = try? SchemaConversion.inputSchema(found.schema.text, type: "JSONSchemaDraft4")
                #expect(again != nil, "\(text)\n\(found.schema.text)")
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(converted > 100, "\(converted)")
    }

    private static func schema(_ random: inout Numbers, depth: Int) -> JSONValue {
        guard depth > 0, random.next(12) != 0 else {
            return [true, false, [:], "x", nil, 5, ["type": "string"]][random.next(7)]
        }
        var object = JSONObject()
        func inside() -> JSONValue { schema(&random, depth: depth - 1) }
        for _ in 0..<1 + random.next(4) {
            switch random.next(16) {
            case 0:
                object["type"] = ["object", "string", "any", ["object", "null"], 5, "odd"][random.next(6)]
            case 1, 2, 3: object["properties"] = ["a": inside(), "b": inside()]
            case 4: object["required"] = [["a"], true, [], ["a", 5], "a"][random.next(5)]
            case 5:
                object["$ref"] = .string(
                    [
                        "#", "#/definitions/A", "#/definitions/B", "#/components/schemas/B", "#/properties/a",
                        "#x",
                        "http://x", "#/components/schemas/A/properties/b", "",
                    ][random.next(9)]
                )
            case 6: object["items"] = random.next(2) == 0 ? inside() : [inside(), inside()]
            case 7: object["additionalItems"] = inside()
            case 8: object[["allOf", "anyOf", "oneOf"][random.next(3)]] = [inside(), inside()]
            case 9: object["dependencies"] = ["a": inside(), "b": ["a"], "c": "a"]
            case 10: object["minimum"] = 5; object["exclusiveMinimum"] = [true, false, 3][random.next(3)]
            case 11: object["nullable"] = true
            case 12: object["pattern"] = ["^a", "(?i)", "(", 5][random.next(4)]
            case 13: object["id"] = ["#x", "http://x", 5][random.next(3)]
            case 14: object["patternProperties"] = ["^a": inside(), "(": inside()]
            default: object["enum"] = [[1, ["a": 1]], [], 5][random.next(3)]
            }
        }
        return .object(object)
    }
}

/// A small repeatable generator.
private struct Numbers {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(bound, 1)
    }
}
