import Telemetry
import Gateway
import JSON
import Testing

@testable import Server

/// The form of the log's lines, for people and for machines.
struct LogSinkTests {
    private let values = [
        ("target", "notes"), ("code", "function_error"), ("request_id", ""),
        ("error", "KeyError: \"a=\\b\"\nin line 2"),
    ]

    @Test func `a text line can be read back: values with spaces, quotes or equals signs are quoted`() {
        let line = LogSink.textLine(.warning, "a call failed", values)
        #expect(
            line.hasSuffix(
                #" warning a call failed target=notes code=function_error error="KeyError: \"a=\\b\"<U+000A>in line 2""#
                    + "\n"
            )
        )
        #expect(line.utf8.count(where: { $0 == 10 }) == 1)
    }

    @Test func `a JSON line has the message and each value by its name`() throws {
        let line = LogSink.jsonLine(.warning, "a call failed", values, module: .calls)
        let read = try JSONValue(parsing: line)
        #expect(read["level"] == "warning" && read["message"] == "a call failed" && read["module"] == "calls")
        #expect(read["target"] == "notes" && read["error"] == "KeyError: \"a=\\b\"\nin line 2")
        #expect(read["request_id"] == nil && read["time"]?.stringValue?.hasSuffix("Z") == true)
    }
}
