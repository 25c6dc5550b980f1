import Config
import Server
import Threads
import Testing

/// Lines for a standard error that may have no reader.
struct ErrorOutputTests {
    /// Blocks the writer until it is opened.
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
    func `writers never wait, and lines that don't fit are counted`(_ format: GatewayConfig.Log.Format) {
        var config = GatewayConfig().log
        config.format = format
        let reader = Reader()
        let output = ErrorOutput(config, isPatient: true, bytesMax: 1000) { reader.take($0) }
        for number in 100..<500 { output.write("line \(number)\n") }
        // Nobody reads, but it ends all the same.
        output.finish()
        #expect(reader.text.isEmpty)
        reader.open()
        output.finish()
        output.write("afterwards\n")
        output.finish()
        let lines = reader.text.split(separator: "\n").map { String($0) }
        #expect(lines.last == "afterwards")
        // The thread may begin at any time: the written lines and the counts of missing ones must add up.
        var next = 100
        for line in lines.dropLast() {
            if let said = line.firstMatch(of: #/(\d+) lines? left out, as nobody read them in time/#) {
                #expect(line.hasPrefix("{") == (format == .json), "\(line)")
                next += Int(said.output.1) ?? 0
            } else {
                #expect(line == "line \(next)")
                next += 1
            }
        }
        #expect(next == 500 && (102..<400).contains(lines.count), "\(lines.count) lines")
    }

    @Test func `without functions of this machine the caller writes its line itself`() {
        let written = Monitor("")
        let output = ErrorOutput(GatewayConfig().log, isPatient: false) { text in
            written.withLock { $0 += text }
        }
        output.write("one\n")
        #expect(written.withLock { $0 } == "one\n")
        output.finish()
    }
}
