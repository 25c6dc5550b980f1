import Foundation
import JSON
import JSONSchema
import TestSupport
import Testing

struct ECMAScriptPatternTests {
    private static func isPattern(_ text: String) -> Bool {
        (try? ECMAScriptPattern.check(text)) != nil
    }

    @Test(arguments: PatternTable.valid)
    func `a form that ECMAScript has is accepted`(_ form: String) {
        #expect(throws: Never.self) { try ECMAScriptPattern.check(form) }
    }

    @Test(arguments: PatternTable.invalid)
    func `a form that ECMAScript doesn't have is refused`(_ form: String) {
        #expect(throws: PatternFault.self) { try ECMAScriptPattern.check(form) }
    }

    @Test func `a browser's RegExp gives the same verdict on each row of the table`() throws {
        let forms = PatternTable.valid + PatternTable.invalid
        #expect(forms.count >= 250 && PatternTable.valid.count >= 100 && PatternTable.invalid.count >= 100)
        let verdicts = try Browser.verdicts(on: forms)
        for (form, verdict) in zip(forms, verdicts) {
            #expect(verdict == Self.isPattern(form), "\(form)")
        }
    }

    /// Uses any mixture of the table's pieces, to compare the two grammars where no row does.
    @Test func `a browser's RegExp gives the same verdict on thousands of random forms`() throws {
        let pieces = [
            "a", "b", "-", "^", "$", ".", "*", "+", "?", "(", ")", "[", "]", "[^", "{", "}", "{2}", "{1,3}",
            "{3,1}", ",", "|", "\\", "\\d", "\\w", "\\b", "\\B", "\\1", "\\2", "\\0", "\\n", "\\x41", "\\x4",
            "\\u0041", "\\u{1F600}", "\\ud83d", "\\ude00", "\\cA", "\\c", "\\p{L}", "\\p{Lu", "\\P{sc=Grek}",
            "\\k<x>", "\\k", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<x>", "(?<y>", "(?<", "(?i:", "(?-s:",
            "(?P<x>",
            "\\/", "\\-", "\\a", "😀", "é", "<", ">", ":", "0", "9", "=", "!", "\\]", "\\[", "[a-z]",
            "[\\d-x]",
        ]
        var random = SeededGenerator(seed: 20)
        let forms = (0..<20_000).map { _ in
            (0..<Int.random(in: 1...7, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            .joined()
        }
        let verdicts = try Browser.verdicts(on: forms)
        var validCount = 0
        for (form, verdict) in zip(forms, verdicts) {
            #expect(verdict == Self.isPattern(form), "\(form)")
            if verdict { validCount += 1 }
        }
        #expect(validCount > 1_000)
    }

    @Test func `long and deep patterns are refused in bounded time`() {
        let clock = ContinuousClock()
        let depth = ECMAScriptPattern.depthMax
        let nested = { (count: Int) in
            String(repeating: "(", count: count) + String(repeating: ")", count: count)
        }
        #expect(Self.isPattern(nested(depth - 1)) && !Self.isPattern(nested(depth + 1)))
        #expect(Self.isPattern(String(repeating: "a", count: ECMAScriptPattern.lengthMax)))
        #expect(!Self.isPattern(String(repeating: "a", count: ECMAScriptPattern.lengthMax + 1)))
        let names = (0..<500).map { "(?<n\($0)>)" }.joined()
        let alternatives = (0..<400).map { "(?<m\($0)>)" }.joined(separator: "|")
        let time = clock.measure { #expect(Self.isPattern("\(names)(?:\(alternatives))")) }
        #expect(time < .seconds(5))
    }
}

/// Debian's headless Chromium, whose verdict on regular expressions counts.
private enum Browser {
    /// For each form, whether `new RegExp(form, "u")` accepts it.
    static func verdicts(on forms: [String]) throws -> [Bool] {
        try withTemporaryDirectory { directory in
            // `<` would end the script.
            let list = JSONValue.array(forms.map { .string($0) }).text.replacingOccurrences(
                of: "<",
                with: "\\u003c"
            )
            let page = """
                <meta charset="utf-8"><pre id="verdicts"></pre><script>
                document.getElementById("verdicts").textContent = \(list).map(form => {
                    try { new RegExp(form, "u"); return "1" } catch { return "0" }
                }).join("")
                </script>
                """
            try Data(page.utf8).write(to: URL(fileURLWithPath: "\(directory)/page.html"))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                "--user-data-dir=\(directory)/profile",
                "--dump-dom", "file://\(directory)/page.html",
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let dump = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let start = try #require(
                dump.range(of: "<pre id=\"verdicts\">")?.upperBound,
                "no answer of Chromium: `scripts/setup` installs it (apt-get install chromium)"
            )
            let verdicts = dump[start...].prefix { $0 == "0" || $0 == "1" }.map { $0 == "1" }
            try #require(verdicts.count == forms.count)
            return verdicts
        }
    }
}
