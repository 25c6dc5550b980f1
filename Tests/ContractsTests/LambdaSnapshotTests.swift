import Contracts
import Foundation
import Testing

/// Failed invocations as AWS itself answered them, recorded by others: `lambda-snapshots` of the shared vectors.
struct LambdaSnapshotTests {
    private static var folder: URL {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["GATEWAY_VECTORS"].map { URL(fileURLWithPath: $0) }
        return (named ?? root.appendingPathComponent("../shared/vectors"))
            .appendingPathComponent("lambda-snapshots")
    }

    /// Every recorded payload that came with a `FunctionError`, as bytes and as an object.
    private static func failures() throws -> [(bytes: Data, object: [String: Any])] {
        var found: [(Data, [String: Any])] = []
        func visit(_ value: Any) throws {
            if let elements = value as? [Any] { try elements.forEach { try visit($0) } }
            guard let object = value as? [String: Any] else { return }
            if object["FunctionError"] != nil, let payload = object["Payload"] as? [String: Any] {
                found.append((try JSONSerialization.data(withJSONObject: payload), payload))
            }
            for key in object.keys.sorted() { if let member = object[key] { try visit(member) } }
        }
        for name in ["test_lambda", "test_lambda_api", "test_lambda_common", "test_lambda_runtimes"] {
            let file = folder.appendingPathComponent("\(name).snapshot.json")
            try visit(JSONSerialization.jsonObject(with: Data(contentsOf: file)))
        }
        return found
    }

    @Test
    func `every failed invocation of the snapshots has its type, its message and no stack`() throws {
        guard FileManager.default.fileExists(atPath: Self.folder.path) else {
            print("lambda-snapshots is absent at \(Self.folder.path): set GATEWAY_VECTORS to run its cases")
            return
        }
        let failures = try Self.failures()
        #expect(failures.count >= 10)
        for (data, object) in failures {
            let bytes = Array(data)
            let failure = FunctionFailure(bytes.span, payload: 0..<bytes.count)
            let message = try #require(object["errorMessage"] as? String)
            #expect(failure.code == object["errorType"] as? String)
            #expect(!failure.text.isEmpty && message.hasSuffix(failure.text), "\(failure.text)")
            #expect(!failure.text.contains("RequestId") && !failure.text.contains("File \""))
            if message.contains("Task timed out") { #expect(failure.cause == .timedOut) }
            if failure.code == "Runtime.ExitError" { #expect(failure.cause == .exited) }
        }
    }
}
