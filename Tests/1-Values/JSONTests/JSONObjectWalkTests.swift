import Bytes
import JSON
import Testing

struct JSONObjectWalkTests {
    @Test
    func `members come in order as slices of the document`() throws {
        let text = #"{ "a" : 1 , "b\u0020c":[1, 2] ,"d":{"e":"f"}}"#
        let bytes = Array(text.utf8)
        var seen: [String] = []
        try JSON.forEachMember(bytes.span, of: 0..<bytes.count) { member in
            seen.append(member.name(in: bytes.span) + "=" + bytes.span.text(member.value))
        }
        #expect(seen == ["a=1", "b c=[1, 2]", #"d={"e":"f"}"#])
    }

    @Test
    func `elements come in order as slices of the document`() throws {
        let bytes = Array(#"[ 1, [2 ,3],"x" , {} ]"#.utf8)
        var seen: [String] = []
        try JSON.forEachElement(bytes.span, of: 0..<bytes.count) { seen.append(bytes.span.text($0)) }
        #expect(seen == ["1", "[2 ,3]", "\"x\"", "{}"])
    }

    @Test(arguments: [
        "", "[]", "1", "{", #"{"a"}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, "{} ", "{}x", #"{,"a":1}"#,
    ])
    func `anything but a valid object is refused`(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: JSONError.self) {
            try JSON.forEachMember(bytes.span, of: 0..<bytes.count) { _ in }
        }
    }

    @Test(arguments: ["", "{}", "1", "[", "[1", "[1,]", "[,1]", "[1 2]", "[] ", "[]x", "[1]]"])
    func `anything but a valid array is refused`(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: JSONError.self) {
            try JSON.forEachElement(bytes.span, of: 0..<bytes.count) { _ in }
        }
    }

    @Test
    func `nested walks read an envelope in one pass`() throws {
        let bytes = Array(#"{"id":7,"params":{"name":"x","arguments":{"a":[1]}},"jsonrpc":"2.0"}"#.utf8)
        var outer = try JSONObjectWalk(bytes.span, at: 0, end: bytes.count)
        var seen: [String] = []
        while let name = try outer.next(bytes.span) {
            guard name.equals("params", in: bytes.span) else {
                seen.append(bytes.span.text(try outer.skip(bytes.span)))
                continue
            }
            var inner = try JSONObjectWalk(bytes.span, at: outer.position, end: bytes.count)
            while try inner.next(bytes.span) != nil {
                seen.append(bytes.span.text(try inner.skip(bytes.span)))
            }
            outer.resume(at: inner.position)
        }
        #expect(seen == ["7", "\"x\"", #"{"a":[1]}"#, "\"2.0\""])
        #expect(outer.position == bytes.count)
    }

    @Test(
        arguments: [
            ("a", "1"), ("b", "[2]"), ("c", nil), ("id", "\"x\""), ("after", nil),
        ] as [(String, String?)]
    )
    func `a member is found by its name: the first of two, and only before the first fault`(
        _ name: String,
        _ value: String?
    ) {
        let bytes = Array(#"{"a":1,"b":[2],"a":3,"\u0069d":"x",!,"after":1}"#.utf8)
        let found = JSON.member(utf8: name.utf8.span, of: 0..<bytes.count, in: bytes.span)
        #expect(found.map { bytes.span.text($0) } == value)
    }

    @Test
    func `a static name finds the same member as a run-time name`() {
        let bytes = Array(#"{"x":1,"\u0069\u0064":2}"#.utf8)
        #expect(JSON.member("id", of: 0..<bytes.count, in: bytes.span).map { bytes.span.text($0) } == "2")
        #expect(JSON.member("i", of: 0..<bytes.count, in: bytes.span) == nil)
        #expect(JSON.member("idx", of: 0..<bytes.count, in: bytes.span) == nil)
        #expect(JSON.member("id", of: 5..<6, in: bytes.span) == nil)
    }
}

struct DuplicateKeyCheckTests {
    @Test(
        arguments: [
            (#"{"a":1,"b":2}"#, nil), (#"{"a":1,"a":2}"#, 8), (#"{"a":1,"\u0061":2}"#, 8),
            (#"{"\u00e9":1,"\u00E9":2}"#, 13), (#"{"\/":1,"/":2}"#, 9), (#"{"A":1,"a":2}"#, nil),
            (#"{"":1,"":2}"#, 7),
            (#"{"e\u0301":1,"\u00e9":2}"#, nil),
        ] as [(String, Int?)]
    )
    func `a name that comes twice is refused at the second`(_ text: String, _ offset: Int?) {
        let bytes = Array(text.utf8)
        let error = offset.map { JSONError(offset: $0, reason: .duplicateKey) }
        #expect(run(bytes) == error)
    }

    @Test
    func `names beyond the first sixteen are remembered too, up to a bound`() {
        let names = (0..<256).map { "\"k\($0)\":0" }
        #expect(run(Array("{\(names.joined(separator: ","))}".utf8)) == nil)
        #expect(
            run(Array("{\((names.prefix(40) + ["\"k39\":1"]).joined(separator: ","))}".utf8))?.reason
                == .duplicateKey
        )
        #expect(
            run(Array("{\((names + ["\"x\":1"]).joined(separator: ","))}".utf8))?.reason
                == .tooManyMembers(membersMax: 256)
        )
    }

    private func run(_ bytes: [UInt8]) -> JSONError? {
        do throws(JSONError) {
            var check = DuplicateKeyCheck()
            var walk = try JSONObjectWalk(bytes.span, at: 0, end: bytes.count)
            while let name = try walk.next(bytes.span) {
                try check.add(name, in: bytes.span)
                _ = try walk.skip(bytes.span)
            }
            return nil
        } catch {
            return error
        }
    }
}
