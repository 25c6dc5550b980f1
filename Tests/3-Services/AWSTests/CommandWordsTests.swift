@testable import AWS
import Testing

struct CommandWordsTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("  a\tb\n", ["a", "b"]), ("", []), ("a 'b c' d", ["a", "b c", "d"]),
        (#"a "b c""#, ["a", "b c"]), (#"a\ b"#, ["a b"]), (#""a\"b\\c\d""#, [#"a"b\c\d"#]),
        (#"'a\'"#, [#"a\"#]),
        (#"a"b"'c'd"#, ["abcd"]), (#"'' """#, ["", ""]),
        ("a;b | c && $HOME *", ["a;b", "|", "c", "&&", "$HOME", "*"]),
        (##"a # b"##, ["a", "#", "b"]), (#"/opt/bin/x --arg "é ✓""#, ["/opt/bin/x", "--arg", "é ✓"]),
    ])
    func `a command line is split as Python's shlex splits it`(_ text: String, _ words: [String]) {
        #expect(CommandWords.split(text) == words)
    }

    @Test(arguments: ["'a", #""a"#, #"a\"#, #""a\"#, "a 'b\" c"])
    func `an unclosed quote or a final backslash gives nil`(_ text: String) {
        #expect(CommandWords.split(text) == nil)
    }
}
