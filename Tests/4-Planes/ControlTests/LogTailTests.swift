import Control
import Testing

/// The part of a function's log that an operator's message shows.
struct LogTailTests {
    private let frame = """
        START RequestId: 1 Version: $LATEST
        %
        END RequestId: 1
        REPORT RequestId: 1\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t

        """

    private func text(_ log: String) -> String? { LogTail.text(frame.replacing("%", with: log)) }

    @Test func `the platform's lines are left out, and an empty log gives nil`() {
        #expect(text("") == nil)
        #expect(
            text("RequestId: 1 Error: Runtime exited with error: exit status 1\nRuntime.ExitError") == nil
        )
        #expect(
            text("python3: No module named awslambdaric\nRequestId: 1 Error: x")
                == "python3: No module named awslambdaric"
        )
    }

    @Test func `the last lines are joined on one line`() {
        let log = "one\r\u{A0}\u{A0}two\rthree\nfour\nfive\nsix"
        #expect(text(log) == "  two | three | four | five | six")
    }

    @Test func `lines are cut, and control characters are made visible`() throws {
        let long = try #require(text(String(repeating: "x", count: 9000) + "\n\u{1B}[2J"))
        #expect(long == String(repeating: "x", count: 200) + "… | <U+001B>[2J")
    }
}
