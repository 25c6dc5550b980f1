import Bytes
import Calendar
import Crypto
import Dispatch
import EventLoop
import Foundation
import JSON
import LocalLambda
import SigV4
import Synchronization
import TestSupport
import Testing

/// Paths that the tests need.
enum Place {
    static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    static let root = Repository.root.path
    static let functions = here + "/Functions"

    private static let venv = ProcessInfo.processInfo.environment["GATEWAY_VENV"] ?? root + "/.venv"

    /// The Python that has boto3 and awslambdaric.
    static func python() throws -> String {
        let path = venv + "/bin/python"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw MissingVenv(path: path)
        }
        return path
    }

    struct MissingVenv: Error, CustomStringConvertible {
        let path: String
        var description: String {
            "\(path) is missing; run scripts/setup, or set GATEWAY_VENV to a venv's folder"
        }
    }
}

/// A function of the sample file under the real Python runtime.
func pythonFunction(
    _ name: String = "sample",
    handler: String = "sample.handler",
    timeoutSeconds: Int = 30,
    concurrency: Int = 4,
    environment: [String: String] = [:]
) throws -> FunctionDefinition {
    FunctionDefinition(
        name: name,
        command: [try Place.python(), "-m", "awslambdaric"],
        handler: handler,
        environment: environment,
        timeoutSeconds: timeoutSeconds,
        concurrency: concurrency,
        directory: Place.functions
    )
}

/// A function that is a shell script without a runtime, for tests of the platform alone.
func shellFunction(_ name: String, _ script: String, timeoutSeconds: Int = 30) -> FunctionDefinition {
    FunctionDefinition(
        name: name,
        command: ["sh", "-c", script],
        timeoutSeconds: timeoutSeconds,
        directory: Place.functions
    )
}

/// A response of the service.
struct Answer: Sendable {
    var status = 0
    /// The fields by lower-case name.
    var fields: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONValue(parsing: body.span) }
    var requestID: String { fields["x-amzn-requestid"] ?? "" }
    /// The decoded log tail.
    var log: String {
        Data(base64Encoded: fields["x-amz-log-result"] ?? "").map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }
}

/// A local Lambda under test, and requests to it.
struct Subject: Sendable {
    static let credential = SigningCredential(accessKeyID: "AKIATEST", secret: Secret("test-secret"))

    let lambda: LocalLambda
    let port: Int
    let lines: LineLog

    func invoke(
        _ name: String = "sample",
        _ event: String = "{}",
        _ fields: [String: String] = [:],
        query: String = ""
    ) async throws -> Answer {
        try await send(
            "POST",
            "/2015-03-31/functions/\(name)/invocations",
            query: query,
            fields: fields,
            body: Array(event.utf8)
        )
    }

    func get(_ path: String, query: String = "") async throws -> Answer {
        try await send("GET", path, query: query)
    }

    /// Signs one request and sends it on a connection of its own.
    func send(
        _ method: String,
        _ path: String,
        query: String = "",
        fields: [String: String] = [:],
        body: [UInt8] = [],
        credential: SigningCredential = Subject.credential,
        region: String = "us-east-1",
        service: String = "lambda",
        ageSeconds: Int = 0,
        isSigned: Bool = true
    ) async throws -> Answer {
        var request = RequestSigner.Request(
            method: method,
            path: path,
            query: query,
            fields: [CanonicalRequest.Field("Host", "127.0.0.1:\(port)")]
                + fields.map { CanonicalRequest.Field($0.key, $0.value) },
            body: body
        )
        if isSigned {
            let signer = RequestSigner(credential: credential, region: region, service: service)
            let now = Int(Date().timeIntervalSince1970)
            request.fields +=
                signer.signInFields(request, at: UTCTime(epochSeconds: now - ageSeconds)).fields
        }
        let target = query.isEmpty ? path : "\(path)?\(query)"
        var head = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
        for field in request.fields { head += "\(field.name): \(field.value)\r\n" }
        return try await exchangeBytes(Array((head + "\r\n").utf8) + body, port: port)
    }
}

/// The lines that functions wrote.
final class LineLog: Sendable {
    private let lines = Locked<[FunctionLogLine]>([])
    func add(_ line: FunctionLogLine) { lines.withLock { $0.append(line) } }
    var all: [FunctionLogLine] { lines.withLock { $0 } }
}

/// Runs `body` with a local Lambda, and checks afterwards that nothing is left of it.
func withLambda(
    _ functions: [FunctionDefinition],
    configure: (inout LocalLambda.Configuration) -> Void = { _ in },
    _ body: (Subject) async throws -> Void
) async throws {
    var configuration = LocalLambda.Configuration()
    configuration.port = 0
    configuration.accountID = "123456789012"
    configuration.credentials = [Subject.credential.accessKeyID: Subject.credential.secret]
    configuration.initDuration = .seconds(60)  // test machines are busy
    configure(&configuration)
    let loop = try EventLoop(name: "lambda-test")
    try loop.start()
    let lines = LineLog()
    let lambda = LocalLambda(functions: functions, configuration: configuration, loop: loop) { lines.add($0) }
    let outcome: Result<Void, any Error>
    do {
        let port = try await lambda.start()
        outcome = .success(try await body(Subject(lambda: lambda, port: port, lines: lines)))
    } catch {
        outcome = .failure(error)
    }
    await lambda.stop()
    let left = await lambda.processCount()
    loop.stop()
    loop.join()
    #expect(left == 0)
    try outcome.get()
}

/// Polls until `condition` holds or ten seconds have passed.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await pause()
    }
    return false
}

private func pause() async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) { continuation.resume() }
    }
}

/// Runs a script to its end with the tests' Python, on a thread that may block.
/// - Returns: the JSON that it printed.
func runPython(_ arguments: [String], environment: [String: String] = [:]) async throws -> JSONValue {
    let python = try Place.python()
    let (output, complaint): (Data, Data) = try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments = arguments
            process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"].merging(environment) { $1 }
            let (out, errors) = (Pipe(), Pipe())
            process.standardOutput = out
            process.standardError = errors
            do {
                try process.run()
                let text = out.fileHandleForReading.readDataToEndOfFile()
                let complaint = errors.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: (text, complaint))
            } catch {
                continuation.resume(throwing: error)
            }
        }
        thread.start()
    }
    let value = try? JSONValue(parsing: Array(output).span)
    return try #require(value, "\(String(decoding: complaint, as: UTF8.self))")
}

/// A path where no file exists.
func temporaryFile() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("local-lambda-\(UUID())").path
}

/// Whether a process exists and isn't a zombie that init hasn't reaped yet.
func isRunning(_ pid: Int) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
        return false
    }
    return !status.contains("State:\tZ")
}

/// Sends bytes to a port and reads the one answer, on a thread that may block.
private func exchangeBytes(_ bytes: [UInt8], port: Int) async throws -> Answer {
    let received: [UInt8] = await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: exchangeBlocking(bytes, port: port)) }
        thread.start()
    }
    guard let split = received.firstRange(of: Array("\r\n\r\n".utf8)) else {
        throw NoAnswer(received: String(decoding: received, as: UTF8.self))
    }
    let lines = String(decoding: received[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
    var answer = Answer(
        status: Int(lines[0].split(separator: " ")[1]) ?? 0,
        body: Array(received[split.upperBound...])
    )
    for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        answer.fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    if let count = answer.fields["content-length"].flatMap({ Int($0) }) {
        #expect(answer.body.count == count)
    }
    return answer
}

struct NoAnswer: Error { let received: String }

private func exchangeBlocking(_ bytes: [UInt8], port: Int) -> [UInt8] {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(fd) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard code == 0 else { return [] }
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
            send(fd, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { break }
        sent += count
    }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = recv(fd, &buffer, buffer.count, 0)
        guard count > 0 else { return received }
        received += buffer[..<count]
    }
}
