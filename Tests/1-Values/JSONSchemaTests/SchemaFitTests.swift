import JSON
import JSONSchema
import Testing

/// The verdict of a new schema on arguments of recorded shapes.
struct SchemaFitTests {
    enum Expected: Sendable { case fits, refused([String]), open([String]) }

    struct Row: Sendable, CustomTestStringConvertible {
        /// The members of the new schema.
        let new: String
        let shape: String
        let expected: Expected
        var old = SchemaFitTests.current
        var testDescription: String { "\(new.prefix(70)) on \(shape)" }
    }

    private static let current = #"""
        {"type":"object","properties":{"city":{"type":"string","minLength":1},"days":{"type":"integer"},
         "tags":{"type":"array","items":{"type":"string"}},"at":{"properties":{"x":{},"y":{}}},
         "items":{"items":{"properties":{"card":{},"n":{}}}}},"required":["city"]}
        """#

    private static let text = #"{"properties":{"city":{"type":"string"}}}"#

    @Test(arguments: [
        Row(new: "{}", shape: "city:string,+3", expected: .fits),
        Row(new: text, shape: "city:string", expected: .fits),
        Row(new: #"{"required":["city"]}"#, shape: "city:string", expected: .fits),
        Row(new: #"{"required":["days"]}"#, shape: "city:string", expected: .refused(["days required"])),
        Row(new: #"{"required":["days"]}"#, shape: "city:string,+1", expected: .refused(["days required"])),
        Row(new: #"{"required":["zip"]}"#, shape: "city:string", expected: .refused(["zip required"])),
        Row(new: #"{"required":["zip"]}"#, shape: "city:string,+1", expected: .open(["zip required"])),
        Row(new: #"{"required":["days"]}"#, shape: "city:string,…", expected: .open(["days required"])),
        Row(new: #"{"required":["a"]}"#, shape: "{}", expected: .refused(["a required"])),
        Row(
            new: #"{"properties":{"days":{"type":"string"}}}"#,
            shape: "days:integer",
            expected: .refused(["days type"])
        ),
        Row(new: #"{"properties":{"days":{"type":"number"}}}"#, shape: "days:integer", expected: .fits),
        Row(
            new: #"{"properties":{"days":{"type":"integer"}}}"#,
            shape: "days:number",
            expected: .refused(["days type"])
        ),
        Row(new: #"{"properties":{"days":{"type":["string","null"]}}}"#, shape: "days:null", expected: .fits),
        Row(
            new: #"{"properties":{"days":{"type":"string","nullable":true}}}"#,
            shape: "days:null",
            expected: .fits
        ),
        Row(
            new: #"{"properties":{"days":false}}"#,
            shape: "days:integer",
            expected: .refused(["days false"])
        ),
        Row(new: #"{"properties":{"days":false}}"#, shape: "city:string", expected: .fits),
        // Members that the new schema no longer has.
        Row(
            new: #"{"properties":{"city":{}},"additionalProperties":false}"#,
            shape: "city:string,days:integer",
            expected: .refused(["days additionalProperties"])
        ),
        Row(
            new: #"{"properties":{"city":{}},"additionalProperties":false}"#,
            shape: "city:string,+2",
            expected: .refused([" additionalProperties"])
        ),
        Row(
            new: #"{"properties":{"city":{},"zip":{}},"additionalProperties":false}"#,
            shape: "city:string,+2",
            expected: .open([" additionalProperties"])
        ),
        Row(
            new: #"{"properties":{"city":{}},"additionalProperties":false}"#,
            shape: "city:string",
            expected: .fits
        ),
        Row(
            new: #"{"additionalProperties":{"type":"string"}}"#,
            shape: "city:string,days:integer",
            expected: .refused(["days additionalProperties"])
        ),
        Row(
            new: #"{"patternProperties":{"^d":{}},"additionalProperties":false}"#,
            shape: "days:integer",
            expected: .open(["days additionalProperties"])
        ),
        Row(
            new: #"{"allOf":[{"properties":{"city":{}}}],"unevaluatedProperties":false}"#,
            shape: "city:string,days:integer",
            expected: .refused(["days unevaluatedProperties"])
        ),
        Row(
            new: #"{"allOf":[{"properties":{"city":{}}}],"unevaluatedProperties":false}"#,
            shape: "city:string",
            expected: .fits
        ),
        // Rules on values, which stay open unless they were in force before.
        Row(new: #"{"properties":{"city":{"minLength":1}}}"#, shape: "city:string", expected: .fits),
        Row(
            new: #"{"properties":{"city":{"minLength":2,"pattern":"^a"}}}"#,
            shape: "city:string",
            expected: .open(["city minLength", "city pattern"])
        ),
        Row(
            new: #"{"properties":{"days":{"minimum":1,"maximum":5,"multipleOf":2}}}"#,
            shape: "days:integer",
            expected: .open(["days maximum", "days minimum", "days multipleOf"])
        ),
        Row(
            new: #"{"properties":{"days":{"minLength":1,"format":"date"}}}"#,
            shape: "days:integer",
            expected: .fits
        ),
        Row(
            new: #"{"properties":{"city":{"enum":["a","b"]}}}"#,
            shape: "city:string",
            expected: .open(["city enum"])
        ),
        Row(
            new: #"{"properties":{"days":{"enum":["a","b"]}}}"#,
            shape: "days:integer",
            expected: .refused(["days enum"])
        ),
        Row(new: #"{"properties":{"days":{"const":null}}}"#, shape: "days:null", expected: .fits),
        Row(
            new: #"{"properties":{"city":{"enum":["a"]}}}"#,
            shape: "city:string",
            expected: .fits,
            old: #"{"properties":{"city":{"enum":["a"]}}}"#
        ),
        Row(new: #"{"minProperties":2}"#, shape: "city:string", expected: .open([" minProperties"])),
        // Arrays.
        Row(
            new: #"{"properties":{"tags":{"items":{"type":"integer"}}}}"#,
            shape: "tags:[string]",
            expected: .refused(["tags/* type"])
        ),
        Row(
            new: #"{"properties":{"tags":{"items":{"type":"integer"}}}}"#,
            shape: "tags:[integer|string]",
            expected: .refused(["tags/* type"])
        ),
        Row(new: #"{"properties":{"tags":{"items":{"type":"integer"}}}}"#, shape: "tags:[]", expected: .fits),
        Row(
            new: #"{"properties":{"tags":{"minItems":1}}}"#,
            shape: "tags:[]",
            expected: .refused(["tags minItems"])
        ),
        Row(
            new: #"{"properties":{"tags":{"maxItems":1}}}"#,
            shape: "tags:[string]",
            expected: .open(["tags maxItems"])
        ),
        Row(
            new: #"{"properties":{"tags":{"prefixItems":[{"type":"string"}]}}}"#,
            shape: "tags:[string]",
            expected: .open(["tags prefixItems"])
        ),
        Row(
            new: #"{"properties":{"items":{"items":{"required":["n"]}}}}"#,
            shape: "items:[object],items/*/card:string,items/*/n:integer?",
            expected: .refused(["items/*/n required"])
        ),
        Row(
            new: #"{"properties":{"items":{"items":{"required":["card"]}}}}"#,
            shape: "items:[object],items/*/card:string",
            expected: .fits
        ),
        // Objects in objects.
        Row(
            new: #"{"properties":{"at":{"required":["x"]}}}"#,
            shape: "at:object,at/y:integer",
            expected: .refused(["at/x required"])
        ),
        Row(
            new: #"{"properties":{"at":{"properties":{"x":{}},"additionalProperties":false}}}"#,
            shape: "at:object,at/x:integer,at/y:integer",
            expected: .refused(["at/y additionalProperties"])
        ),
        Row(
            new: #"{"properties":{"free":{"required":["x"]}}}"#,
            shape: "free:object",
            expected: .open(["free/x required"]),
            old: #"{"properties":{"free":{}}}"#
        ),
        // References and branches.
        Row(
            new: ##"{"$ref":"#/$defs/a","$defs":{"a":{"required":["days"]}}}"##,
            shape: "city:string",
            expected: .refused(["days required"])
        ),
        Row(
            new:
                ##"{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"at":{"$ref":"#/$defs/a"}},"required":["at"]}}}"##,
            shape: "at:object",
            expected: .refused(["at/at required"]),
            old: #"{"properties":{"at":{"properties":{"at":{}}}}}"#
        ),
        Row(
            new: #"{"allOf":[{"required":["days"]},{"required":["city"]}]}"#,
            shape: "city:string",
            expected: .refused(["days required"])
        ),
        Row(
            new: #"{"anyOf":[{"required":["days"]},{"required":["city"]}]}"#,
            shape: "city:string",
            expected: .fits
        ),
        Row(
            new: #"{"anyOf":[{"required":["days"]},{"required":["tags"]}]}"#,
            shape: "city:string",
            expected: .refused([" anyOf"])
        ),
        Row(
            new: #"{"anyOf":[{"required":["days"]},{"properties":{"city":{"pattern":"a"}}}]}"#,
            shape: "city:string",
            expected: .open([" anyOf"])
        ),
        Row(
            new: #"{"oneOf":[{"required":["days"]},{"required":["city"]}]}"#,
            shape: "city:string",
            expected: .fits
        ),
        Row(
            new: #"{"oneOf":[{"required":["days"]},{"required":["city"]}]}"#,
            shape: "city:string,days:integer",
            expected: .open([" oneOf"])
        ),
        Row(new: #"{"not":{"required":["days"]}}"#, shape: "days:integer", expected: .refused([" not"])),
        Row(new: #"{"not":{"required":["days"]}}"#, shape: "city:string", expected: .fits),
        Row(
            new: #"{"if":{"required":["days"]},"then":{"required":["city"]},"else":{"required":["tags"]}}"#,
            shape: "days:integer",
            expected: .refused(["city required"])
        ),
        Row(
            new: #"{"if":{"required":["days"]},"then":{"required":["city"]},"else":{"required":["tags"]}}"#,
            shape: "city:string",
            expected: .refused(["tags required"])
        ),
        Row(
            new: #"{"if":{"properties":{"city":{"const":"x"}}},"then":{"required":["days"]}}"#,
            shape: "city:string",
            expected: .open([" if"])
        ),
        Row(
            new: #"{"dependentRequired":{"city":["days"]}}"#,
            shape: "city:string",
            expected: .refused(["days dependentRequired"])
        ),
        Row(new: #"{"dependentRequired":{"days":["city"]}}"#, shape: "tags:[]", expected: .fits),
        Row(
            new: #"{"dependentSchemas":{"city":{"required":["days"]}}}"#,
            shape: "city:string",
            expected: .refused(["days required"])
        ),
        Row(
            new: #"{"dependencies":{"city":["days"]}}"#,
            shape: "city:string",
            expected: .refused(["days dependencies"])
        ),
    ])
    func `a verdict names the rules that certainly refuse, and those that may`(_ row: Row) throws {
        let fit = try SchemaFit(JSONValue(parsing: row.new), current: JSONValue(parsing: row.old))
        let verdict = fit.verdict(on: try #require(ArgumentShape(row.shape)))
        let words = { (rules: Set<SchemaFit.Rule>) in rules.map { "\($0.path) \($0.keyword)" }.sorted() }
        switch (row.expected, verdict) {
        case (.fits, .fits): break
        case (.refused(let wanted), .refused(let rules)), (.open(let wanted), .open(let rules)):
            #expect(words(rules) == wanted)
        default: Issue.record("\(verdict)")
        }
    }

    @Test func `the check of a schema with branches within branches ends`() throws {
        var schema = #"{"required":["x"]}"#
        for _ in 0..<12 { schema = #"{"anyOf":[\#(schema),\#(schema)]}"# }
        let fit = try SchemaFit(JSONValue(parsing: schema), current: JSONValue(parsing: "{}"))
        #expect(fit.verdict(on: try #require(ArgumentShape("+1"))) != .fits)
    }
}
