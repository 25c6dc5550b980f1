import Config
import Server
import Threads
import Testing

/// Lines for a standard error that may have no reader.
struct ErrorOutputTests {
    /// Blocks whoever writes until it is opened.
    private final class Reader: Sendable {
        private let state = Monitor((isOpen: false, text: ""))

        func take(_ text: String) {
            _ = state.wait { $0.isOpen ? true : nil }
            state.change { $0.text += text }
        }

        func open() { state.change { $0.isOpen = true } }

        var text: String { state.withLock { $0.text } }
    }

    @Test(arguments: [GatewayConfig.Log.Format.text, .json])
    func `who writes never waits, and what doesn't fit is counted`(_ format: GatewayConfig.Log.Format) {
        var config = GatewayConfig().log
        config.format = format
        let reader = Reader()
        let output = ErrorOutput(config, isPatient: true, bytesMax: 1000) { reader.take($0) }
        for number in 100..<500 { output.write("line \(number)\n") }
        // Nobody reads: it ends all the same.
        output.finish()
        #expect(reader.text.isEmpty)
        reader.open()
        output.finish()
        output.write("afterwards\n")
        output.finish()
        let lines = reader.text.split(separator: "\n").map { String($0) }
        let whole = lines.prefix { $0.hasPrefix("line ") }
        #expect(whole.count >= 100 && whole == (100..<100 + whole.count).map { "line \($0)" }[...])
        let notice = "\(400 - whole.count) lines left out, as nobody read them in time"
        #expect(lines[whole.count].contains(notice) && lines[whole.count].hasPrefix("{") == (format == .json))
        #expect(lines.last == "afterwards" && lines.count == whole.count + 2)
    }

    @Test func `without functions of this machine whoever has a line writes it`() {
        let written = Monitor("")
        let output = ErrorOutput(GatewayConfig().log, isPatient: false) { text in
            written.withLock { $0 += text }
        }
        output.write("one\n")
        #expect(written.withLock { $0 } == "one\n")
        output.finish()
    }
}
