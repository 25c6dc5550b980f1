import Config
import EventLoop
import Gateway
import LocalLambda
import Synchronization
import Testing

@testable import Server

/// How a server's terminal shows what its functions print.
struct FunctionTerminalTests {
    /// Keeps what was written.
    private final class Written: Sendable {
        let text = Locked("")
        let logged = Locked("")
    }

    private func shown(
        _ text: String,
        environment: [String: String] = [:],
        isTerminal: Bool = false,
        _ change: (inout GatewayConfig) -> Void = { _ in }
    ) -> (text: String, logged: String) {
        var config = GatewayConfig()
        change(&config)
        let written = Written()
        let log = GatewayLog(threshold: .debug) { level, text, values in
            written.logged.withLock { $0 += "\(level) \(text) \(values.map { "\($0.0)=\($0.1)" })" }
        }
        let terminal = FunctionTerminal(config, log: log, environment: environment, isTerminal: isTerminal) {
            text in written.text.withLock { $0 += text }
        }
        terminal.show(FunctionLogLine(function: "fn", text: text), of: "hello")
        return (written.text.withLock { $0 }, written.logged.withLock { $0 })
    }

    @Test(arguments: [
        ("plain", "plain"), ("\tindented", "\tindented"), ("a\u{1B}[1;31mred\u{1B}[0mb", "aredb"),
        ("\u{1B}]0;title\u{7}", "<U+001B>]0;title<U+0007>"), ("\u{1B}[2J\u{1B}[31", "<U+001B>[2J<U+001B>[31"),
        ("\u{202E}txt", "<U+202E>txt"), ("", ""),
    ])
    func `a line follows its target's name, and can't steer the terminal`(_ text: String, _ shown: String) {
        #expect(self.shown(text).text == "hello | \(shown)\n")
    }

    @Test func `a long line is cut, and says by how much`() {
        let text = shown(String(repeating: "é", count: 2500)).text
        #expect(text == "hello | \(String(repeating: "é", count: 2000))… (500 more characters)\n")
    }

    @Test func `the name has a colour on a terminal only, and not with NO_COLOR`() {
        #expect(shown("x", isTerminal: true).text.wholeMatch(of: /\x1B\[\d+mhello \|\x1B\[0m x\n/) != nil)
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            #expect(shown("x", environment: environment, isTerminal: true).text == "hello | x\n")
        }
        #expect(shown("x", environment: ["NO_COLOR": ""], isTerminal: true).text != "hello | x\n")
    }

    @Test func `output can go to the log only, and consists of JSON records if the log does`() {
        let logged = shown("x") { $0.localLambda.output = .log }
        #expect(logged.text.isEmpty && logged.logged == #"debug x ["function=fn"]"#)
        let record = shown("x\u{1B}") { $0.log.format = .json }.text
        #expect(record.contains(#""message":"x\u001b","target":"hello","function":"fn"}"#), "\(record)")
    }
}
