import Bytes
import EventLoop
import Foundation
import JSON
@testable import LocalLambda
import Testing

struct FunctionReferenceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var text: String
        /// region|account|name|qualifier; a missing part is empty.
        var parts: String?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Row(text: "f", parts: "||f|"),
        Row(text: "my_fn-1.x", parts: "||my_fn-1.x|"),
        Row(text: "f:live", parts: "||f|live"),
        Row(text: "f:$LATEST", parts: "||f|$LATEST"),
        Row(text: "f:$LATEST.PUBLISHED", parts: "||f|$LATEST.PUBLISHED"),
        Row(text: "function:f:2", parts: "||f|2"),
        Row(text: "function", parts: "||function|"),
        Row(text: "123456789012:f", parts: "|123456789012|f|"),
        Row(text: "123456789012", parts: "||123456789012|"),
        Row(text: "us-east-1:123456789012:function:f", parts: "us-east-1|123456789012|f|"),
        Row(
            text: "arn:aws:lambda:us-gov-west-1:123456789012:function:f:p",
            parts: "us-gov-west-1|123456789012|f|p"
        ),
        Row(
            text: "arn:aws-cn:lambda:cn-north-1:123456789012:function:f",
            parts: "cn-north-1|123456789012|f|"
        ),
        Row(
            text: "arn:aws:lambda:eusc-de-east-1:123456789012:function:f",
            parts: "eusc-de-east-1|123456789012|f|"
        ),
        Row(
            text: "arn:aws:lambda:us-isob-east-1:123456789012:function",
            parts: "us-isob-east-1|123456789012|function|"
        ),
        Row(text: "arn:live", parts: "||arn|live"),
        Row(text: ""), Row(text: ":"), Row(text: "f:"), Row(text: ":f"), Row(text: "f:a:b"), Row(text: "f!"),
        Row(text: "f:$LATES"), Row(text: "arn:aws:ec2:us-east-1:123456789012:instance:i"),
        Row(text: "arn:aws:lambda::123456789012:function:f"),
        Row(text: "arn:aws:lambda:us-east-1::function:f"),
        Row(text: "arn:aws:lambda:here:123456789012:function:f"),
        Row(text: "arn:aws:lambda:us-east-1:123456789012:function:f:1:2"),
        Row(text: "us-east-11:123456789012:f"), Row(text: "12345678901:function:f:x"),
    ])
    func `a name is read as AWS's pattern matches it`(_ row: Row) {
        let parts = FunctionReference(parsing: row.text).map {
            [$0.region ?? "", $0.account ?? "", $0.name, $0.qualifier ?? ""].joined(separator: "|")
        }
        #expect(parts == row.parts)
    }

    /// Random names made of the pattern's own pieces, compared with the pattern in the standard library's regular
    /// expressions.
    @Test func `random names are accepted exactly if AWS's pattern matches`() throws {
        let pattern = try Regex(FunctionReference.pattern)
        let pieces = [
            "arn", "aws", "aws-cn", "lambda", "us-east-1", "us-gov-east-1", "eusc-de-east-1", "123456789012",
            "function",
            "f", "$LATEST", "", "live", "a.b", "ec2", "x!", "$LATEST.PUBLISHED",
        ]
        var random = Seeded(seed: 7)
        for _ in 0..<4000 {
            let count = Int.random(in: 1...9, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined(
                separator: ":"
            )
            let matches = try pattern.wholeMatch(in: text) != nil
            #expect((FunctionReference(parsing: text) != nil) == matches, "\(text)")
        }
    }
}

struct PayloadFaultTests {
    static func fault(of event: [UInt8]) -> ServiceError? {
        do throws(JSONError) {
            _ = try JSON.validate(event.span)
            return nil
        } catch {
            return PayloadFault.error(error, in: event.span)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var event: String
        var says: String
        var place: String
        var testDescription: String { event }
    }

    private static let values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    @Test(arguments: [
        Row(event: "{", says: "Unexpected end-of-input", place: "line: 1, column: 2"),
        Row(event: "  \n ", says: "Unexpected end-of-input", place: "line: 2, column: 2"),
        Row(
            event: "nosuch",
            says: "Unrecognized token 'nosuch': was expecting \(values)",
            place: "line: 1, column: 7"
        ),
        Row(
            event: "[1,\n  %]",
            says: "Unexpected character ('%' (code 37)): expected a valid value \(values)",
            place: "line: 2, column: 3"
        ),
        Row(
            event: "{1:2}",
            says: "Unexpected character ('1' (code 49)): was expecting double-quote to start field name",
            place: "line: 1, column: 2"
        ),
        Row(
            event: #"{"a" 2}"#,
            says:
                "Unexpected character ('2' (code 50)): was expecting a colon to separate field name and value",
            place: "line: 1, column: 6"
        ),
        Row(
            event: "[1 2]",
            says: "Unexpected character ('2' (code 50)): was expecting comma to separate entries",
            place: "line: 1, column: 4"
        ),
        Row(
            event: "\"a\u{1}\"",
            says:
                "Illegal unquoted character ((CTRL-CHAR, code 1)): has to be escaped using backslash to be included in "
                + "string value",
            place: "line: 1, column: 3"
        ),
        Row(
            event: String(repeating: "[", count: 200),
            says: "Document nesting depth (129) exceeds the maximum allowed (128)",
            place: "line: 1, column: 129"
        ),
    ])
    func `a fault in an event is reported with its line and column`(_ row: Row) {
        let message = Self.fault(of: Array(row.event.utf8))?.message
        let source =
            "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); \(row.place)]"
        let start = "Could not parse request body into json: Could not parse payload into json: "
        #expect(message == "\(start)\(row.says)\n at \(source)")
    }

    @Test func `any bytes are accepted or refused without a crash`() {
        let seeds = [
            #"{"a":[1,2.5e3,true,null,"é\u00e9"]}"#, "nosuch", "\"\\x\"", "[[[[", "{\"a\":01}", " \n\t ",
        ]
        var random = Seeded(seed: 11)
        var refused = 0
        for _ in 0..<20_000 {
            var event = Array((seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let at = Int.random(in: 0...event.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where at < event.count: event[at] = .random(in: .min ... .max, using: &random)
                case 1 where at < event.count: event.remove(at: at)
                default: event.insert(.random(in: .min ... .max, using: &random), at: at)
                }
            }
            if let fault = Self.fault(of: event) {
                refused += 1
                #expect(fault.message.hasPrefix("Could not parse request body into json"))
            }
        }
        #expect(refused > 10_000)
    }
}

struct RequestTargetTests {
    @Test(arguments: [
        ("/2015-03-31/functions/", "", ["2015-03-31", "functions"]),
        ("/a%3Ab/%24LATEST", "", ["a:b", "$LATEST"]),
        ("//x//y/", "", ["x", "y"]),
        ("/a%2Fb", "", ["a/b"]),
        ("/é", "", ["é"]),
    ])
    func `a path is split before it is decoded`(_ path: String, _ query: String, _ segments: [String]) {
        #expect(RequestTarget(path: path, query: query, region: "us-east-1")?.segments == segments)
    }

    @Test(arguments: ["/%", "/%4", "/%zz", "/%ff", "/%C3%28"])
    func `a malformed escape is refused`(_ path: String) {
        #expect(RequestTarget(path: path, query: "", region: "us-east-1") == nil)
        #expect(RequestTarget(path: "/", query: String(path.dropFirst()), region: "us-east-1") == nil)
    }

    @Test func `the first parameter of a name counts`() {
        let target = RequestTarget(path: "/", query: "a=1&b&a=2&c%3D=%26&=x", region: "us-east-1")
        #expect(target?["a"] == "1")
        #expect(target?["b"] == "")
        #expect(target?["c="] == "&")
        #expect(target?["nosuch"] == nil)
    }

    @Test func `any path and query are read or refused without a crash`() {
        let alphabet = Array("/%=&?a0Zé:$.-\u{0}".unicodeScalars)
        var random = Seeded(seed: 3)
        var read = 0
        for _ in 0..<20_000 {
            func text() -> String {
                let count = Int.random(in: 0...12, using: &random)
                return String(
                    String.UnicodeScalarView(
                        (0..<count).compactMap { _ in alphabet.randomElement(using: &random) }
                    )
                )
            }
            if RequestTarget(path: text(), query: text(), region: "us-east-1") != nil { read += 1 }
        }
        #expect(read > 1_000 && read < 19_000)
    }
}

struct InvocationLogTests {
    private static let report = InvocationReport(
        duration: .microseconds(3_000_004) / 1000,
        initDuration: nil,
        memoryMB: 128,
        peakMemoryKiB: 36 * 1024 + 1
    )

    @Test func `a log is START, output, END and REPORT`() {
        var log = InvocationLog(requestID: "ID", version: "$LATEST")
        log.add(Array("said\n".utf8))
        log.close(Self.report, error: nil, timestamp: "T")
        #expect(
            String(decoding: log.tail, as: UTF8.self)
                == "START RequestId: ID Version: $LATEST\nsaid\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: 3.01 ms\t"
                + "Billed Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 37 MB\t\n"
        )
    }

    struct BilledRow: Sendable {
        var duration: Duration
        var start: Duration?
        var billedMs: Int
        var text: String
    }

    @Test(arguments: [
        BilledRow(duration: .zero, start: nil, billedMs: 0, text: "Duration: 0.00 ms\tBilled Duration: 0 ms"),
        BilledRow(
            duration: .milliseconds(3),
            start: nil,
            billedMs: 3,
            text: "Duration: 3.00 ms\tBilled Duration: 3 ms"
        ),
        BilledRow(
            duration: .nanoseconds(1),
            start: nil,
            billedMs: 1,
            text: "Duration: 0.01 ms\tBilled Duration: 1 ms"
        ),
        BilledRow(
            duration: .seconds(3),
            start: .microseconds(402_040),
            billedMs: 3403,
            text: "Duration: 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 1 MB\tMax Memory Used: 0 MB\t"
                + "Init Duration: 402.04 ms\t\n"
        ),
        BilledRow(
            duration: .microseconds(500),
            start: .microseconds(500),
            billedMs: 1,
            text: "Duration: 0.50 ms\tBilled Duration: 1 ms"
        ),
    ])
    func `the billed time is the duration plus the initialization, rounded up once`(_ row: BilledRow) {
        let report = InvocationReport(
            duration: row.duration,
            initDuration: row.start,
            memoryMB: 1,
            peakMemoryKiB: 0
        )
        #expect(report.billedMs == row.billedMs)
        #expect(report.line(requestID: "ID", suffix: nil).contains(row.text))
    }

    @Test func `the tail is bounded for any output`() {
        var log = InvocationLog(requestID: "ID", version: "$LATEST")
        for number in 0..<1000 { log.add(Array("line \(number) of many\n".utf8)) }
        log.add(Array(repeating: UInt8(ascii: "x"), count: 1_000_000))
        log.close(Self.report, error: .timedOut(seconds: 3), timestamp: "2026-11-21T01:02:03.004Z")
        let tail = String(decoding: log.tail, as: UTF8.self)
        #expect(log.tail.count == 4096)
        #expect(
            tail.contains(
                "xxx2026-11-21T01:02:03.004Z ID Task timed out after 3.00 seconds\n\nEND RequestId: ID\n"
            )
        )
        #expect(tail.hasSuffix("\tMax Memory Used: 37 MB\tStatus: timeout\n"))
    }
}

struct PartitionTests {
    @Test(arguments: [
        ("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ])
    func `ARNs have the partition of the region`(_ region: String, _ partition: String) throws {
        let loop = try EventLoop(name: "never started")
        let functions = ServedFunctions(LocalLambda.Configuration(), loop: loop) { _ in }
        let arn = functions.arn(of: "f", qualifier: "live", in: region)
        #expect(arn == "arn:\(partition):lambda:\(region):000000000000:function:f:live")
        #expect(FunctionReference(parsing: arn)?.region == region)
    }
}

struct FunctionEnvironmentTests {
    @Test func `a definition can't change the variables that Lambda sets, but can change others`() {
        let function = FunctionDefinition(
            name: "f",
            command: ["c"],
            handler: "a.b",
            environment: [
                "AWS_LAMBDA_RUNTIME_API": "hijacked", "AWS_LAMBDA_MAX_CONCURRENCY": "4",
                "_LAMBDA_TELEMETRY_LOG_FD": "3",
                "_HANDLER": "x.y", "AWS_ACCESS_KEY_ID": "AKIAOWN", "PATH": "/own", "TZ": "Europe/Berlin",
            ],
            directory: "/code"
        )
        let setting = FunctionEnvironment.Setting(
            region: "us-east-1",
            runtimeAPI: "127.0.0.1:1234",
            logStream: "stream",
            searchPath: "/bin",
            traceID: "Root=1"
        )
        let variables = FunctionEnvironment.variables(of: function, setting)
        #expect(variables["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:1234")
        #expect(variables["AWS_LAMBDA_MAX_CONCURRENCY"] == nil)
        #expect(variables["_LAMBDA_TELEMETRY_LOG_FD"] == nil)
        #expect(variables["_HANDLER"] == "a.b")
        #expect(variables["AWS_ACCESS_KEY_ID"] == "AKIAOWN")
        #expect(variables["PATH"] == "/own")
        #expect(variables["TZ"] == "Europe/Berlin")
        #expect(variables["PYTHONPATH"] == "/code")
    }
}

struct RequestIDTests {
    @Test func `request ids are random UUIDs of version 4`() {
        let ids = (0..<1000).map { _ in makeRequestID() }
        #expect(Set(ids).count == 1000)
        for id in ids {
            let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
            #expect(id.wholeMatch(of: form) != nil, "\(id)")
        }
    }
}

struct LineCutterTests {
    @Test func `output is split into lines in whatever pieces it arrives`() {
        var cutter = LineCutter()
        #expect(cutter.cut(Array("one\ntw".utf8)) == ["one"])
        #expect(cutter.cut(Array("o\n\nthree".utf8)) == ["two", ""])
        #expect(cutter.end() == "three")
        #expect(cutter.end() == nil)
    }

    @Test func `the lines of a Python error are separated and indented with spaces`() {
        var cutter = LineCutter()
        let output = "[ERROR] E: x\rTraceback\r\u{A0}\u{A0}File\n"
        #expect(cutter.cut(Array(output.utf8)) == ["[ERROR] E: x", "Traceback", "  File"])
    }

    @Test func `a line without a line end is cut at 64 KiB`() {
        var cutter = LineCutter()
        let lines = cutter.cut(Array(repeating: UInt8(ascii: "x"), count: 200_000))
        #expect(lines.map { $0.utf8.count } == [65_536, 65_536, 65_536])
        #expect(cutter.end()?.utf8.count == 200_000 - 3 * 65_536)
    }
}

/// A generator of repeatable random numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
