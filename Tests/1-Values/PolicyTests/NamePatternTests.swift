import Policy
import Testing

struct NamePatternTests {
    struct Row: Sendable {
        var pattern: String
        var name: String
        var matches: Bool
    }

    @Test(arguments: [
        Row(pattern: "*", name: "", matches: true),
        Row(pattern: "*", name: "a___b", matches: true),
        Row(pattern: "prometheus___*", name: "prometheus___query", matches: true),
        Row(pattern: "prometheus___*", name: "prometheus___", matches: true),
        Row(pattern: "prometheus___*", name: "prometheus2___query", matches: false),
        Row(pattern: "*___delete_*", name: "a___delete_all", matches: true),
        Row(pattern: "*___delete_*", name: "a___undelete_all", matches: false),
        Row(pattern: "*_get", name: "a___t_get", matches: true),
        Row(pattern: "*_get", name: "get", matches: false),
        Row(pattern: "*aa", name: "a___aaa", matches: true),
        Row(pattern: "a?b", name: "ab", matches: false),
        Row(pattern: "ab*b", name: "ab", matches: false),
        Row(pattern: "a?c", name: "abc", matches: true),
        Row(pattern: "a?c", name: "aéc", matches: true),
        Row(pattern: "a?c", name: "ac", matches: false),
        Row(pattern: "a", name: "A", matches: false),
        Row(pattern: "[a-z]", name: "b", matches: false),
        Row(pattern: "[a-z]", name: "[a-z]", matches: true),
        Row(pattern: "%", name: "anything", matches: false),
        Row(pattern: "a*b*c", name: "aXbXbXc", matches: true),
        Row(pattern: "a*b*c", name: "aXbXbX", matches: false),
    ])
    func `a pattern matches the whole name`(_ row: Row) throws {
        let pattern = try #require(NamePattern(row.pattern))
        let matches = pattern.matches(Array(row.name.utf8).span)
        #expect(matches == row.matches)
    }

    @Test(arguments: ["", " ", "a b", "tab\t", "nul\u{0}", "é", "\u{7F}", String(repeating: "a", count: 201)])
    func `a text outside the grammar is refused`(_ text: String) {
        #expect(NamePattern(text) == nil)
    }

    @Test func `twenty thousand random cases agree with the definition`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let patternBytes = (0..<Int.random(in: 1...7, using: &generator)).map { _ in
                Array("ab*?".utf8)[Int.random(in: 0..<4, using: &generator)]
            }
            let name = (0..<Int.random(in: 0...7, using: &generator)).map { _ in
                UInt8.random(in: 97...98, using: &generator)
            }
            let pattern = try #require(NamePattern(String(decoding: patternBytes, as: UTF8.self)))
            let matches = pattern.matches(name.span)
            let expected = matchesByDefinition(patternBytes[...], name[...])
            #expect(matches == expected, "\(pattern.text) on \(String(decoding: name, as: UTF8.self))")
        }
    }

    @Test func `the worst pattern on the longest name takes bounded time`() throws {
        let pattern = try #require(NamePattern(String(repeating: "a*", count: 99) + "b"))
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: 4_096)
        let matches = pattern.matches(name.span)
        #expect(!matches)
    }
}

/// The definition of a match, by recursion.
private func matchesByDefinition(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == UInt8(ascii: "*") {
        if matchesByDefinition(pattern.dropFirst(), name) { return true }
        return !name.isEmpty && matchesByDefinition(pattern, name.dropFirst())
    }
    guard let head = name.first, first == UInt8(ascii: "?") || first == head else { return false }
    return matchesByDefinition(pattern.dropFirst(), name.dropFirst())
}
