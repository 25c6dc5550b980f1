import JSON
import JSONSchema
import Testing

struct SchemaReadingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let schema: String
        /// `nil` for a schema that clients can compile.
        var fault: String?
        var testDescription: String { schema }
    }

    private func fault(_ text: String) throws -> String? {
        let value = try JSONValue(parsing: text)
        do throws(SchemaFault) {
            _ = try Schema(reading: value)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        Row(schema: "{}"), Row(schema: "true"), Row(schema: "false"),
        Row(schema: "5", fault: "it must be a schema: an object, true or false"),
        Row(schema: "[]", fault: "it must be a schema: an object, true or false"),
        Row(schema: #"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}"#),
        Row(schema: #"{"$schema":"https://json-schema.org/draft/2019-09/schema"}"#),
        Row(schema: #"{"x-own":{"type":5},"format":"iso-duration-x","examples":5,"title":5}"#),
        Row(schema: #"{"type":["string","null"]}"#),
        Row(
            schema: #"{"properties":{"a":{"type":"strin"}}}"#,
            fault: "properties.a.type must be one of array, boolean, integer, null, number, object, string, "
                + "and is \"strin\""
        ),
        Row(
            schema: #"{"properties":{"type":{"type":{"x":1}}}}"#,
            fault: "properties.type.type must be a string or an array of strings"
        ),
        Row(schema: #"{"required":null}"#, fault: "required must be an array"),
        Row(schema: #"{"required":["a",5]}"#, fault: "required must be an array of strings"),
        Row(schema: #"{"properties":[]}"#, fault: "properties must be an object"),
        Row(
            schema: #"{"properties":{"a":5}}"#,
            fault: "properties.a must be a schema: an object, true or false"
        ),
        Row(schema: #"{"properties":{"a":true}}"#),
        Row(schema: #"{"enum":[]}"#, fault: "enum must not be empty"),
        Row(schema: #"{"enum":"a"}"#, fault: "enum must be an array"),
        Row(schema: #"{"const":null,"default":null}"#),
        Row(schema: #"{"minLength":-1}"#, fault: "minLength must be a whole number from zero"),
        Row(schema: #"{"minLength":1.5}"#, fault: "minLength must be a whole number from zero"),
        Row(schema: #"{"minLength":2.0}"#), Row(schema: #"{"minLength":-0}"#),
        Row(schema: #"{"maxItems":1e3}"#),
        Row(schema: #"{"multipleOf":0}"#, fault: "multipleOf must be a number above zero"),
        Row(schema: #"{"multipleOf":0.01}"#), Row(schema: #"{"minimum":-1e3}"#),
        Row(schema: #"{"exclusiveMaximum":true}"#, fault: "exclusiveMaximum must be a number"),
        Row(schema: #"{"uniqueItems":"yes"}"#, fault: "uniqueItems must be true or false"),
        Row(schema: #"{"id":"x"}"#, fault: "id belongs to draft 4, which clients refuse; use $id"),
        Row(schema: #"{"properties":{"id":{"type":"string"}}}"#),
        Row(schema: #"{"items":[{"type":"string"},true]}"#),
        Row(
            schema: #"{"items":[{"type":"strin"}]}"#,
            fault:
                "items.0.type must be one of array, boolean, integer, null, number, object, string, and is \"strin\""
        ),
        Row(schema: #"{"dependencies":{"a":["b"],"c":{"required":["d"]}}}"#),
        Row(schema: #"{"dependencies":{"a":["b",1]}}"#, fault: "dependencies.a must be an array of strings"),
        Row(schema: #"{"dependentRequired":{"a":"b"}}"#, fault: "dependentRequired.a must be an array"),
        Row(schema: #"{"nullable":true}"#, fault: "nullable can't be used without type"),
        Row(schema: #"{"nullable":true,"type":"string"}"#),
        Row(
            schema: #"{"nullable":false,"type":["string","null"]}"#,
            fault: "nullable is false, but type has null"
        ),
        Row(schema: #"{"pattern":"^a+$"}"#),
        Row(
            schema: #"{"pattern":"(?P<x>a)"}"#,
            fault:
                "pattern holds \"(?P<x>a)\", which is not an ECMAScript pattern: "
                + "an unknown kind of group at character 3"
        ),
        Row(schema: #"{"patternProperties":{"^x-":true}}"#),
        Row(
            schema: #"{"patternProperties":{"[":true}}"#,
            fault:
                "patternProperties holds \"[\", which is not an ECMAScript pattern: "
                + "a class that never ends at character 1"
        ),
    ])
    func `keywords must have the types that clients require`(_ row: Row) throws {
        #expect(try fault(row.schema) == row.fault)
    }

    @Test(arguments: [
        Row(schema: ##"{"properties":{"a":{"$ref":"#"}}}"##),
        Row(schema: ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{}}}"##),
        Row(schema: ##"{"$ref":"#/definitions/a%20b","definitions":{"a b":{}}}"##),
        Row(schema: ##"{"$ref":"#/$defs/a~1b~0c","$defs":{"a/b~c":{}}}"##),
        Row(schema: ##"{"allOf":[{},{"$ref":"#/allOf/0"}]}"##),
        Row(schema: ##"{"$ref":"#/x-own/deep","x-own":{"deep":{"type":"string"}}}"##),
        Row(
            schema: ##"{"$ref":"#/x-own/deep","x-own":{"deep":{"type":"strin"}}}"##,
            fault:
                "x-own.deep.type must be one of array, boolean, integer, null, number, object, string, and is \"strin\""
        ),
        Row(
            schema: ##"{"$ref":"#/x-own","x-own":5}"##,
            fault: "x-own must be a schema: an object, true or false"
        ),
        Row(schema: ##"{"$ref":"#a","$defs":{"x":{"$anchor":"a"}}}"##),
        Row(schema: ##"{"$ref":"#a","$defs":{"x":{"$dynamicAnchor":"a"}}}"##),
        Row(schema: ##"{"$ref":"#a","$defs":{"x":{"$id":"#a"}}}"##),
        Row(schema: ##"{"$ref":"item.json","$id":"http://x/list.json","$defs":{"x":{"$id":"item.json"}}}"##),
        Row(
            schema:
                ##"{"$ref":"/sub/./../item.json#/$defs/a","$id":"http://x/list.json","$defs":{"x":{"$id":"/item.json","$defs":{"a":{}}}}}"##
        ),
        Row(schema: ##"{"$dynamicRef":"#a","$defs":{"x":{"$dynamicAnchor":"a"}}}"##),
        Row(schema: ##"{"$recursiveRef":"#"}"##),
        Row(
            schema: ##"{"properties":{"a":{"$ref":"#/$defs/Missing"}}}"##,
            fault: "properties.a.$ref leads nowhere: \"#/$defs/Missing\""
        ),
        Row(schema: ##"{"$ref":"#/allOf/01","allOf":[{},{}]}"##, fault: "$ref leads nowhere: \"#/allOf/01\""),
        Row(schema: ##"{"$ref":"#missing"}"##, fault: "$ref leads nowhere: \"#missing\""),
        Row(schema: ##"{"$dynamicRef":"#missing"}"##, fault: "$dynamicRef leads nowhere: \"#missing\""),
        Row(schema: ##"{"$ref":5}"##, fault: "$ref must be a string"),
        Row(
            schema: ##"{"$ref":"https://example.com/x.json"}"##,
            fault: "$ref refers to another document, \"https://example.com/x.json\"; "
                + "only references inside the schema are followed"
        ),
        Row(
            schema: ##"{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}"##,
            fault: "$defs.b.$anchor names two schemas"
        ),
        Row(
            schema: ##"{"$anchor":"1x"}"##,
            fault: "$anchor must be a letter, then letters, digits, hyphens, underscores and dots"
        ),
        Row(
            schema: ##"{"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}}"##,
            fault: "$defs.b.$id is the $id of another schema too"
        ),
        Row(schema: ##"{"enum":[{"$ref":"#/nowhere"}],"const":{"$ref":"#/nowhere"},"default":{"type":5}}"##),
    ])
    func `references must lead to a schema inside the document`(_ row: Row) throws {
        #expect(try fault(row.schema) == row.fault)
    }

    @Test func `a reference is stored as the part that it leads to`() throws {
        let text = ##"{"$ref":"#/$defs/a","$defs":{"a":{"$dynamicRef":"#here","$dynamicAnchor":"here"}}}"##
        let schema = try Schema(reading: try JSONValue(parsing: text))
        #expect(schema.parts.map { $0.pointer } == ["", "/$defs/a"])
        #expect(schema.parts.map { $0.reference } == [1, nil])
        #expect(schema.parts.map { $0.dynamicReference } == [nil, 1])
    }

    @Test func `a schema with many references and long pointers is read in bounded time`() throws {
        let inner = (0..<2_000).map { ##""p\##($0)":{"$ref":"#/x/p\##(($0 + 1) % 2_000)"}"## }
        let text = ##"{"$ref":"#/x/p0","x":{\##(inner.joined(separator: ","))}}"##
        #expect(try Schema(reading: try JSONValue(parsing: text)).parts.count == 2_001)
    }

    @Test func `reading a mangled schema at most throws`() throws {
        let seeds = [
            ##"{"$id":"http://a/b","$ref":"#/$defs/x","$defs":{"x":{"type":["string","null"],"pattern":"a|b"}},"items":[{}]}"##,
            ##"{"properties":{"a":{"$anchor":"q","enum":[1,2]},"b":{"$dynamicRef":"#q"}},"required":["a"],"minLength":2}"##,
            ##"{"dependencies":{"a":["b"]},"patternProperties":{"^a$":{"not":{}}},"allOf":[true,{"if":{},"then":false}]}"##,
        ]
        var random = SeededGenerator(seed: 7)
        let pieces = Array(##"{}[]",:#/$~%01aefr "##.utf8)
        var readCount = 0
        for round in 0..<30_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[at] = pieces.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: at)
                default: bytes.insert(pieces.randomElement(using: &random) ?? 0, at: at)
                }
            }
            guard let value = try? JSONValue(parsing: bytes.span) else { continue }
            if (try? Schema(reading: value)) != nil { readCount += 1 }
        }
        #expect(readCount > 100)
    }
}

/// A repeatable stream of numbers. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
