import Bytes
import JSON
import MCP
import Testing

/// Content blocks as functions write them, and as every reader accepts them.
struct ContentTests {
    private static let identity = ServerIdentity(name: "gw", version: "1.0")

    /// The content that callers of a version get, or the fault.
    static func content(_ blocks: String, _ version: ProtocolVersion) -> String {
        let bytes = Array(#"{"content":[\#(blocks)],"isError":false}"#.utf8)
        var out = ByteBuffer()
        do throws(ToolResultFault) {
            try ToolResultWriter(version: version, identity: identity)
                .append(0..<bytes.count, in: bytes.span, to: &out)
        } catch {
            return error.description
        }
        let start = version.isModern ? #"{"resultType":"complete","content":["# : #"{"content":["#
        let end = version.isModern ? #"],"isError":false,"_meta":"# : #"],"isError":false}"#
        guard out.text.hasPrefix(start), let tail = out.text.firstRange(of: end) else { return out.text }
        return String(out.text[..<tail.lowerBound].dropFirst(start.count))
    }

    struct Mended: Sendable, CustomTestStringConvertible {
        let given: String
        let written: String
        var testDescription: String { given }

        init(_ given: String, _ written: String? = nil) {
            self.given = given
            self.written = written ?? given
        }
    }

    private static let link = #"{"type":"resource_link","uri":"https://a.example/x","name":"n"}"#

    @Test(arguments: [
        Mended(#"{"type":"text","text":"x"}"#),
        Mended(#" {"text":"é \u00e9 \ud83d\ude00","type":"text"} , {"type":"text", "text":""} "#),
        Mended(#"{"type":"image","data":"QQ==","mimeType":"image/png"}"#),
        Mended(#"{"type":"audio","mimeType":"audio/wav","data":"QQ"}"#),
        Mended(#"{"type":"image","data":"\/\/\/\/","mimeType":"image/png"}"#),
        Mended(#"{"type":"text","text":"x","own":1.50,"_meta":{"a":null},"annotations":{"priority":0.50}}"#),
        Mended(#"{"type":"resource","resource":{"uri":"memo:1","text":"t"}}"#),
        Mended(#"{"type":"resource","resource":{"uri":"file:///a","blob":"QQ==","mimeType":"a/b"}}"#),
        Mended(
            #"{"type":"text","text":"x","annotations":null,"_meta":null,"own":null}"#,
            #"{"type":"text","text":"x"}"#
        ),
        Mended(
            #"{"type":"image","data":"QQ==","mimeType":"image/png","annotations":{"audience":null,"priority":null}}"#,
            #"{"type":"image","data":"QQ==","mimeType":"image/png","annotations":{}}"#
        ),
        Mended(
            #"{"type":"resource","annotations":null,"resource":{"uri":"memo:1","text":"t","blob":null,"mimeType":null,"_meta":null}}"#,
            #"{"type":"resource","resource":{"uri":"memo:1","text":"t"}}"#
        ),
        Mended(#"{"type":"text","text":"a","annotations":"x"}"#, #"{"type":"text","text":"a"}"#),
        Mended(#"{"type":"text","text":"a","_meta":"x"}"#, #"{"type":"text","text":"a"}"#),
        Mended(
            #"{"type":"text","text":"a","annotations":{"audience":["all"],"priority":2,"lastModified":"today"}}"#,
            #"{"type":"text","text":"a","annotations":{}}"#
        ),
        Mended(
            #"{"type":"text","text":"a","annotations":{"audience":["user"],"lastModified":"2026-11-29T08:00:00Z"}}"#
        ),
        Mended(
            #"{"type":"resource","resource":{"uri":"memo:1","text":"t","mimeType":5,"_meta":7}}"#,
            #"{"type":"resource","resource":{"uri":"memo:1","text":"t"}}"#
        ),
        Mended(
            #"{"type":"resource","resource":{"uri":"notes/a.md","text":"t"}}"#,
            #"{"type":"text","text":"t"}"#
        ),
        Mended(#"{"type":"text","text":"a\ud800b"}"#, #"{"type":"text","text":"a\ufffdb"}"#),
        Mended(#"{"type":"text","text":"x","\udc00":1}"#, #"{"type":"text","text":"x","\ufffd":1}"#),
    ])
    func `a block is repaired when its meaning is clear`(_ row: Mended) {
        for version in ProtocolVersion.allCases {
            #expect(Self.content(row.given, version) == row.written, "\(version)")
        }
    }

    @Test(arguments: [
        Mended(link),
        Mended(
            #"{"type":"resource_link","uri":"https://a.example/x","name":"n","size":"big","title":5,"icons":[{"src":"a","sizes":"48x48"}]}"#,
            #"{"type":"resource_link","uri":"https://a.example/x","name":"n","icons":[{"src":"a"}]}"#
        ),
        Mended(
            #"{"type":"resource_link","uri":"https://a.example/x","name":"n","icons":"x","mimeType":[],"size":1.5}"#,
            link
        ),
        Mended(
            #"{"type":"resource_link","uri":"docs/a.md","name":"n","title":"T"}"#,
            #"{"type":"text","text":"T: docs/a.md"}"#
        ),
    ])
    func `a link is repaired for versions that have links, and becomes text for the others`(_ row: Mended) {
        for version in ProtocolVersion.allCases where version != .v20250326 {
            #expect(Self.content(row.given, version) == row.written, "\(version)")
        }
        let old = Self.content(row.given, .v20250326)
        #expect(
            old.hasPrefix(#"{"type":"text","text":""#)
                && old.contains(row.given.contains("docs/") ? "docs/a.md" : "https://a.example/x")
        )
    }

    @Test(arguments: [
        (#"{"type":"text"}"#, "content[1].text is missing; it must be a string"),
        (#"{"type":"text","text":null}"#, "content[1].text is missing; it must be a string"),
        (#"{"type":"text","text":5}"#, "content[1].text must be a string"),
        (
            #"{"type":"video","data":"x"}"#,
            "content[1].type must be text, image, audio, resource or resource_link"
        ),
        (#"{"text":"x"}"#, "content[1].type is missing; it must be text,"),
        (#"{"type":null,"text":"x"}"#, "content[1].type is missing; it must be text,"),
        (#"{"type":5}"#, "content[1].type must be text,"),
        ("5", "content[1] must be an object"), ("null", "content[1] must be an object"),
        (#""text""#, "content[1] must be an object"), ("[]", "content[1] must be an object"),
        (#"{"type":"image","mimeType":"image/png"}"#, "content[1].data is missing; it must be Base64"),
        (#"{"type":"image","data":"!","mimeType":"image/png"}"#, "content[1].data must be Base64"),
        (#"{"type":"audio","data":"QQ=="}"#, "content[1].mimeType is missing; it must be a string"),
        (#"{"type":"resource"}"#, "content[1].resource is missing; it must be an object"),
        (#"{"type":"resource","resource":5}"#, "content[1].resource must be an object"),
        (#"{"type":"resource","resource":{"uri":"a:b"}}"#, "content[1].resource.blob is missing"),
        (#"{"type":"resource","resource":{"text":"t"}}"#, "content[1].resource.uri is missing"),
        (
            #"{"type":"resource","resource":{"uri":"x","blob":""}}"#,
            "content[1].resource.uri must be an absolute URI"
        ),
        (#"{"type":"text","text":"a","text":"b"}"#, "content[1] names a member twice"),
    ])
    func `a block that no revision allows is refused with a reason and an excerpt`(
        _ block: String,
        _ reason: String
    ) {
        for version in ProtocolVersion.allCases {
            let said = Self.content(#"{"type":"text","text":"fine"},\#(block)"#, version)
            #expect(said.hasPrefix("The tool's answer can't be used: \(reason)"), "\(said)")
            #expect(said.hasSuffix("The block: \(block)"), "\(said)")
        }
    }

    @Test(arguments: [
        (#"{"type":"resource_link","name":"n"}"#, "content[0].uri is missing"),
        (#"{"type":"resource_link","uri":"a:b"}"#, "content[0].name is missing"),
    ])
    func `a link that lacks a part is refused with the reason`(_ block: String, _ reason: String) {
        for version in [ProtocolVersion.v20250618, .v20251125, .v20260728] {
            #expect(Self.content(block, version).contains(reason))
        }
    }

    @Test func `the excerpt of a block is short and holds no secret`() {
        let block =
            #"{"type":"x","key":"AKIAIOSFODNN7EXAMPLEKEY","pad":"\#(String(repeating: "ab ", count: 900))"}"#
        let said = Self.content(block, .v20251125)
        #expect(said.count < 600 && said.hasSuffix("…") && !said.contains("AKIA"))
    }

    @Test(arguments: [
        #"{"content":[],"n":%}"#, #"{"content":[{"type":"text","text":"x","n":%}]}"#,
        #"{"content":[],"structuredContent":{"a":[%]}}"#,
    ])
    func `a number of more than a thousand characters is refused anywhere`(_ form: String) {
        for digits in [1_000, 1_001, 5_000] {
            let bytes = Array(form.replacing("%", with: String(repeating: "7", count: digits)).utf8)
            for version in ProtocolVersion.allCases {
                var out = ByteBuffer()
                let writer = ToolResultWriter(version: version, identity: Self.identity)
                let append = { () throws(ToolResultFault) in
                    try writer.append(0..<bytes.count, in: bytes.span, to: &out)
                }
                if digits == 1_000 {
                    #expect(throws: Never.self) { try append() }
                } else {
                    #expect(throws: ToolResultFault.overlongNumber(length: digits)) { try append() }
                    #expect(out.count == 0)
                }
            }
        }
    }

    @Test(arguments: [
        ("2026-11-29T08:00:00Z", true), ("2026-11-29T08:00Z", true), ("2026-11-29T08:00:00.123+02:00", true),
        ("2024-02-29T00:00:00Z", true), ("2026-02-29T00:00:00Z", false), ("2026-11-31T00:00:00Z", false),
        ("2026-11-29", false), ("2026-11-29T08:00:00", false), ("2026-11-29 08:00:00Z", false),
        ("2026-13-01T00:00:00Z", false), ("2026-11-29T24:00:00Z", false), ("2026-11-29T08:00:00.Z", false),
        ("", false),
        ("2026-11-29T08:00:00Zx", false),
    ])
    func `a lastModified is kept only when clients can read it`(_ time: String, _ isKept: Bool) {
        let block = #"{"type":"text","text":"a","annotations":{"lastModified":"\#(time)"}}"#
        let written = #"{"type":"text","text":"a","annotations":{}}"#
        #expect(Self.content(block, .v20251125) == (isKept ? block : written))
    }

    @Test(arguments: [
        ("https://a.example", true), ("http://a:8080/x?y#z", true), ("http://[::1]:3000/", true),
        ("file:///a", true),
        ("memo:1", true), ("urn:isbn:1", true), ("x-own+v1.0:a", true), ("http://user@a.example/", true),
        ("", false),
        ("a", false), ("/a", false), ("a b:c", false), ("1a:b", false), ("http://", false),
        ("https:///", false),
        ("http://a:99999/", false), ("http://a:b/", false), ("http://a b/", false),
        ("http://a\\u0000b/", false),
        ("http://[::1/", false), ("memo:a b", false),
    ])
    func `a link stays a link only when clients can read its URI`(_ uri: String, _ isKept: Bool) {
        let block = #"{"type":"resource_link","uri":"\#(uri)","name":"n"}"#
        #expect((Self.content(block, .v20251125) == block) == isKept, "\(Self.content(block, .v20251125))")
    }
}

/// Randomly mutated results: each is written as a result that each revision allows, or is a fault.
struct ContentFuzzTests {
    private static let seeds = [
        #"{"content":[{"type":"text","text":"x\ud83d\ude00","annotations":{"priority":0.5,"audience":["user"]}}],"isError":true}"#,
        #"{"content":[{"type":"image","data":"QQ==","mimeType":"a/b"},{"type":"resource","resource":{"uri":"a:b","text":"t"}}]}"#,
        #"{"content":[{"type":"resource_link","uri":"a:b","name":"n","icons":[{"src":"s","sizes":["1x1"]}],"size":5}],"_meta":{"a":1}}"#,
        #"{"content":[],"structuredContent":{"a":[1,null,"\ud800"]},"resultType":"complete"}"#,
    ]

    @Test func `8,000 mutated results are written as each revision defines them, or refused`() throws {
        var state: UInt64 = 23
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let words = [
            "null", "5", "\"x\"", "[]", "{}", "true", "[null]", "{\"a\":null}", "\"\\udc00\"", "1e5", "-0.5",
        ]
        var written = 0
        for round in 0..<8_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<1 + below(3) {
                // Replacing a value by another keeps it JSON most of the time.
                let colons = bytes.indices.filter {
                    bytes[$0] == UInt8(ascii: ":") || bytes[$0] == UInt8(ascii: "[")
                }
                guard let colon = colons.isEmpty ? nil : colons[below(colons.count)] else { break }
                var end = colon + 1
                guard (try? JSON.skipValue(bytes.span, at: &end)) != nil else { continue }
                if below(5) == 0 {
                    bytes.insert(contentsOf: bytes[colon + 1..<end] + [UInt8(ascii: ",")], at: colon + 1)
                } else {
                    bytes.replaceSubrange(colon + 1..<end, with: Array(words[below(words.count)].utf8))
                }
            }
            for version in ProtocolVersion.allCases {
                var out = ByteBuffer()
                let writer = ToolResultWriter(
                    version: version,
                    identity: ServerIdentity(name: "g", version: "1")
                )
                do throws(ToolResultFault) {
                    try writer.append(0..<bytes.count, in: bytes.span, to: &out)
                } catch {
                    #expect(out.count == 0 && !error.description.isEmpty)
                    continue
                }
                written += 1
                let result = try JSONValue(parsing: out.bytes.span)
                if let fault = ResultCheck.fault(result, version) {
                    Issue.record("\(fault): \(out.text) from \(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
        #expect(written > 4_000, "\(written)")
    }
}

/// A second implementation of the revisions' schema.json, independent of the shapes: the rules for each
/// `CallToolResult`.
enum ResultCheck {
    static func fault(_ result: JSONValue, _ version: ProtocolVersion) -> String? {
        guard let content = result["content"]?.arrayValue else { return "content" }
        if let isError = result["isError"], isError.boolValue == nil { return "isError" }
        if let meta = result["_meta"], meta.objectValue == nil { return "_meta" }
        if version.isModern {
            guard result["resultType"]?.stringValue == "complete" else { return "resultType" }
        } else if let structured = result["structuredContent"] {
            guard version != .v20250326, structured.objectValue != nil else { return "structuredContent" }
        }
        for (index, block) in content.enumerated() {
            if let fault = self.fault(block: block, version) { return "content[\(index)].\(fault)" }
        }
        return result.objectValue?.members.contains { $0.value.isNull } == true ? "null" : nil
    }

    private static func fault(block: JSONValue, _ version: ProtocolVersion) -> String? {
        guard let members = block.objectValue?.members else { return "object" }
        if members.contains(where: { $0.value.isNull }) { return "null" }
        if let meta = block["_meta"], meta.objectValue == nil { return "_meta" }
        if let notes = block["annotations"] {
            guard let object = notes.objectValue else { return "annotations" }
            for member in object.members where !isNote(member) { return "annotations.\(member.key)" }
        }
        switch block["type"]?.stringValue {
        case "text": return block["text"]?.stringValue == nil ? "text" : nil
        case "image", "audio":
            return block["data"]?.stringValue == nil || block["mimeType"]?.stringValue == nil ? "data" : nil
        case "resource":
            guard let resource = block["resource"], resource["uri"]?.stringValue != nil else {
                return "resource"
            }
            let isThere = resource["text"]?.stringValue != nil || resource["blob"]?.stringValue != nil
            return isThere && (resource["mimeType"].map { $0.stringValue != nil } ?? true) ? nil : "resource"
        case "resource_link" where version != .v20250326:
            guard block["uri"]?.stringValue != nil, block["name"]?.stringValue != nil else { return "uri" }
            for name in ["title", "description", "mimeType"] {
                if let value = block[name], value.stringValue == nil { return name }
            }
            if let size = block["size"], size.intValue == nil { return "size" }
            guard let icons = block["icons"] else { return nil }
            guard let list = icons.arrayValue else { return "icons" }
            return list.allSatisfy { $0["src"]?.stringValue != nil } ? nil : "icons"
        default: return "type"
        }
    }

    private static func isNote(_ member: JSONObject.Member) -> Bool {
        switch member.key {
        case "audience":
            member.value.arrayValue?.allSatisfy { ["user", "assistant"].contains($0.stringValue) } ?? false
        case "priority": member.value.doubleValue.map { (0...1).contains($0) } ?? false
        case "lastModified": member.value.stringValue != nil
        default: !member.value.isNull
        }
    }
}
