import Control
import Testing

/// What of a function's log is in an operator's message.
struct LogTailTests {
    private let frame = """
        START RequestId: 1 Version: $LATEST
        %
        END RequestId: 1
        REPORT RequestId: 1\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t

        """

    private func text(_ log: String) -> String? { LogTail.text(frame.replacing("%", with: log)) }

    @Test func `what the platform says is left out, and nothing stays nothing`() {
        #expect(text("") == nil)
        #expect(
            text("RequestId: 1 Error: Runtime exited with error: exit status 1\nRuntime.ExitError") == nil
        )
        #expect(
            text("python3: No module named awslambdaric\nRequestId: 1 Error: x")
                == "python3: No module named awslambdaric"
        )
    }

    @Test func `a traceback's last lines are on one line`() {
        let log = "one\r\u{A0}\u{A0}two\rthree\nfour\nfive\nsix"
        #expect(text(log) == "  two | three | four | five | six")
    }

    @Test func `it is bounded and steers no terminal`() throws {
        let long = try #require(text(String(repeating: "x", count: 9000) + "\n\u{1B}[2J"))
        #expect(long == String(repeating: "x", count: 200) + "… | <U+001B>[2J")
    }
}
