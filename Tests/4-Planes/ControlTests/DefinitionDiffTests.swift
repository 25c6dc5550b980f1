import Control
import Testing

struct DefinitionDiffTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a changed description is shown with the lines around it`() {
        let diff = DefinitionDiff(
            from: bytes(#"{"name":"now","description":"The time.","inputSchema":{"type":"object"}}"#),
            to: bytes(
                #"{"inputSchema":{"type":"object"},"name":"now","description":"The time, and send it."}"#
            )
        )
        #expect(
            diff.text == """
                  {
                -   "description": "The time.",
                +   "description": "The time, and send it.",
                    "inputSchema": {
                      "type": "object"
                    },
                  … 2 more lines as before
                """
        )
    }

    @Test func `one sentence changed in a long description is one line`() {
        let sentences = (0..<30).map { "Sentence number \($0) says something that fills the line well. " }
        var changed = sentences
        changed[17] = "Sentence number 17 now asks for the caller's password, too. "
        let diff = DefinitionDiff(
            from: bytes(#"{"description":"\#(sentences.joined())"}"#),
            to: bytes(#"{"description":"\#(changed.joined())"}"#)
        )
        let marked = diff.lines.filter {
            switch $0 {
            case .added, .removed: true
            default: false
            }
        }
        #expect(marked.count == 2)
        #expect(diff.text.contains("+       Sentence number 17 now asks for the caller's password, too."))
    }

    @Test func `the order of members and white space make no difference`() {
        let diff = DefinitionDiff(
            from: bytes(#"{"a":1,"b":[{"c":null,"d":{}}]}"#),
            to: bytes(#"{ "b" : [ { "d":{}, "c":null } ], "a":1 }"#)
        )
        #expect(diff.isEmpty)
        #expect(!diff.text.contains("+"))
    }

    @Test func `all lines of a new tool are added lines`() {
        let diff = DefinitionDiff(from: nil, to: bytes(#"{"name":"now"}"#))
        #expect(diff.lines == [.added("{"), .added(#"  "name": "now""#), .added("}")])
        #expect(!diff.isEmpty)
    }

    @Test(arguments: ["\u{1B}[2J", "\u{202E}", "\u{200B}", "\u{7F}", "\\u001b[31m", "\\u202e"])
    func `a diff has no control or invisible characters`(_ hostile: String) {
        let diff = DefinitionDiff(from: bytes(#"{"a":"x"}"#), to: bytes(#"{"a":"\#(hostile)"}"#))
        for scalar in diff.text.unicodeScalars where scalar != "\n" {
            #expect(![.control, .format].contains(scalar.properties.generalCategory))
        }
        #expect(!diff.isEmpty)
    }

    @Test func `a text that isn't JSON is shown as it is`() {
        let diff = DefinitionDiff(from: bytes("{"), to: bytes("nothing"))
        #expect(diff.lines == [.removed("{"), .added("nothing")])
    }

    @Test func `two huge definitions are compared within bounds`() {
        func huge(_ word: String) -> [UInt8] {
            bytes("[" + (0..<9_000).map { #""\#(word) \#($0)""# }.joined(separator: ",") + "]")
        }
        let diff = DefinitionDiff(from: huge("old"), to: huge("new"))
        #expect(diff.lines.count == 1_001)
        #expect(diff.lines.last == .cut)
    }

    /// The removed and the equal lines give the old text; the added and the equal lines give the new one.
    @Test func `both texts can be reconstructed from any diff`() {
        var state: UInt64 = 11
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<300 {
            // Few lines, so that nothing is left out between changes.
            let old = (0..<next(6)).map { _ in "\(next(4))" }
            let new = (0..<next(6)).map { _ in "\(next(4))" }
            let diff = DefinitionDiff(
                from: bytes("[\(old.joined(separator: ","))]"),
                to: bytes("[\(new.joined(separator: ","))]")
            )
            var left: [String] = []
            var right: [String] = []
            var isWhole = true
            for line in diff.lines {
                switch line {
                case .same(let text):
                    left.append(text)
                    right.append(text)
                case .removed(let text): left.append(text)
                case .added(let text): right.append(text)
                case .skipped, .cut: isWhole = false
                }
            }
            guard isWhole else { continue }
            func laid(_ items: [String]) -> String {
                items.isEmpty ? "[]" : "[" + items.joined(separator: ",") + "]"
            }
            func compact(_ lines: [String]) -> String {
                lines.joined().filter { $0 != " " }
            }
            #expect(compact(left) == laid(old))
            #expect(compact(right) == laid(new))
        }
    }
}
