import JSON
import JSONSchema
import Testing

struct ShapeBookTests {
    static let schema = ##"""
        {"type":"object","properties":{
          "city":{"type":"string"},"days":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},
          "address":{"$ref":"#/$defs/address"},"free":{"type":"object"},"a/b,c:d":{},
          "items":{"type":"array","items":{"type":"object","properties":{"card":{},"n":{"properties":{"x":{"properties":{"y":{}}}}}}}}},
         "anyOf":[{"properties":{"either":{}}},{"properties":{"or":{}}}],
         "$defs":{"address":{"properties":{"city":{},"zip":{}},"allOf":[{"properties":{"deep":{"properties":{"a":{}}}}}]}}}
        """##

    static func book(_ schema: String = schema, shapesMax: Int = 512) throws -> ShapeBook {
        ShapeBook(DeclaredMembers(try JSONValue(parsing: schema)), shapesMax: shapesMax)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let arguments: String?
        let shape: String
        var isCut = false
        var testDescription: String { shape }
    }

    @Test(arguments: [
        Row(arguments: nil, shape: "{}"), Row(arguments: "{}", shape: "{}"),
        Row(arguments: " { } ", shape: "{}"),
        Row(arguments: #"{"days":3,"city":"Bern","x":1}"#, shape: "city:string,days:integer,+1"),
        Row(arguments: #"{"c\u0069ty":null,"days":3.5}"#, shape: "city:null,days:number"),
        Row(arguments: #"{"days":3.0}"#, shape: "days:integer"),
        Row(arguments: #"{"days":1e2}"#, shape: "days:integer"),
        Row(arguments: #"{"city":true,"free":{"a":1,"b":{"c":2}}}"#, shape: "city:boolean,free:object"),
        Row(arguments: #"{"tags":["a",1,null]}"#, shape: "tags:[integer|null|string]"),
        Row(arguments: #"{"tags":[]}"#, shape: "tags:[]"),
        Row(arguments: #"{"tags":"a"}"#, shape: "tags:string"),
        Row(
            arguments: #"{"address":{"city":"x","deep":{"a":[[1]],"b":2},"q":1}}"#,
            shape:
                "address:object,address/city:string,address/deep:object,address/deep/a:[array],address/+1,address/deep/+1"
        ),
        Row(
            arguments: #"{"items":[{"card":1},{"card":"x","n":{"x":{"y":1}}},{"card":2,"z":1}]}"#,
            shape:
                "items:[object],items/*/card:integer|string,items/*/n:object?,items/*/n/x:object,items/*/+1"
        ),
        Row(arguments: #"{"items":[1,{"card":1}]}"#, shape: "items:[integer|object],items/*/card:integer"),
        Row(
            arguments: #"{"a/b,c:d":1,"either":"x","or":[]}"#,
            shape: "a~1b~2c~3d:integer,either:string,or:[]"
        ),
        Row(arguments: "{" + (0..<30).map { "\"x\($0)\":1" }.joined(separator: ",") + "}", shape: "+9"),
        Row(arguments: #"{"city":"a","city":1}"#, shape: "city:integer|string"),
        Row(arguments: #"{"city":"Bern","days":3"#, shape: "city:string,…", isCut: true),
        Row(arguments: #"{"city":"Bern","days":"x"#, shape: "city:string,…", isCut: true),
        Row(arguments: #"{"city":"Bern"}"#, shape: "city:string,…", isCut: true),
        Row(arguments: "[1]", shape: "…"), Row(arguments: "nonsense", shape: "…"),
    ])
    func `a shape has the declared members with their types, and the number of others`(_ row: Row) throws {
        var book = try Self.book()
        let bytes = row.arguments.map { Array("..\($0)".utf8)[2...] }
        for _ in 0..<2 { #expect(book.shape(of: bytes, isCut: row.isCut) == row.shape) }
        let read = try #require(ArgumentShape(row.shape))
        #expect(ArgumentShape(row.shape) == read)
    }

    @Test func `a shape holds no value, and no name that the schema doesn't declare`() throws {
        var book = try Self.book()
        let secret =
            #"{"SECRET":{"SECRET":1},"city":"SECRET","free":{"SECRET":"SECRET"},"address":{"SECRET":1},"tags":["SECRET"]}"#
        #expect(!book.shape(of: Array(secret.utf8)[...], isCut: false).contains("SECRET"))
        var free = try Self.book("{}")
        #expect(free.shape(of: Array(secret.utf8)[...], isCut: false) == "+5")
    }

    @Test func `the numbers of shapes and places and the length of texts are bounded`() throws {
        var book = try Self.book(shapesMax: 2)
        let shapes = [#"{"city":1}"#, #"{"city":""}"#, #"{"city":null}"#, #"{"city":1}"#].map {
            book.shape(of: Array($0.utf8)[...], isCut: false)
        }
        #expect(shapes == ["city:integer", "city:string", "other", "city:integer"])
        #expect(ArgumentShape("other") == nil)
        let name = String(repeating: "n", count: 100)
        let members = (0..<200).map { "\"\(name)\($0)\":{}" }.joined(separator: ",")
        var wide = try Self.book("{\"properties\":{\(members)}}")
        let all = "{" + (0..<200).map { "\"\(name)\($0)\":1" }.joined(separator: ",") + "}"
        let shape = wide.shape(of: Array(all.utf8)[...], isCut: false)
        #expect(shape.utf8.count <= 2048 && shape.hasSuffix(",…"))
        let endless = ##"""
            {"$ref":"#/$defs/a","$defs":{"a":{"properties":{"a":{"$ref":"#/$defs/a"}},"anyOf":[{"$ref":"#/$defs/a"}]}}}
            """##
        var deep = try Self.book(endless)
        let nested = String(repeating: #"{"a":"#, count: 50) + "1" + String(repeating: "}", count: 50)
        #expect(deep.shape(of: Array(nested.utf8)[...], isCut: false) == "a:object,a/a:object,a/a/a:object")
    }

    @Test(arguments: [
        "", "a", "a:", ":string", "a:string|", "a:text", "+0", "+10", "x+1", "a:[string", "a:]string[", ",",
        "a:?",
    ])
    func `text that isn't a shape is refused`(_ text: String) { #expect(ArgumentShape(text) == nil) }

    @Test func `the element types in a shape's text are read back`() throws {
        #expect(ArgumentShape("a:[integer|string]|null?") != nil)
        #expect(ArgumentShape("a:[]") != ArgumentShape("a:[null]"))
    }
}
