import AWS
import Foundation
import TestSupport
import Testing

/// Answers recorded from AWS itself: each must be recognized correctly.
struct RecordedAnswersTests {
    struct FunctionRow: Sendable, CustomTestStringConvertible {
        let payload: String
        let type: String?
        /// Whether the error was raised while the module was loaded.
        let isInitialization: Bool

        var testDescription: String { type ?? String(payload.prefix(60)) }
    }

    struct ServiceRow: Sendable, Hashable, CustomTestStringConvertible {
        let status: Int
        let code: String
        let message: String

        var testDescription: String { "\(status) \(code)" }
    }

    private static let files = [
        "test_lambda", "test_lambda_api", "test_lambda_common", "test_lambda_runtimes",
    ]

    /// All JSON objects in the recordings.
    private static func objects() -> [[String: Any]] {
        var found: [[String: Any]] = []
        func walk(_ value: Any) {
            if let object = value as? [String: Any] {
                found.append(object)
                for member in object.values { walk(member) }
            } else if let array = value as? [Any] {
                for element in array { walk(element) }
            }
        }
        for file in files {
            guard let data = SharedVectors.contents("lambda-snapshots/\(file).snapshot.json") else {
                continue
            }
            if let value = try? JSONSerialization.jsonObject(with: data) { walk(value) }
        }
        return found
    }

    static let functionRows: [FunctionRow] = objects().compactMap { object -> FunctionRow? in
        guard object["errorMessage"] is String, let data = try? JSONSerialization.data(withJSONObject: object)
        else {
            return nil
        }
        return FunctionRow(
            payload: String(decoding: data, as: UTF8.self),
            type: object["errorType"] as? String,
            isInitialization: object["requestId"] as? String == ""
        )
    }

    static let serviceRows: [ServiceRow] = Set(
        objects().compactMap { object -> ServiceRow? in
            guard let error = object["Error"] as? [String: Any], let code = error["Code"] as? String,
                let metadata = object["ResponseMetadata"] as? [String: Any],
                let status = metadata["HTTPStatusCode"] as? Int
            else { return nil }
            return ServiceRow(status: status, code: code, message: error["Message"] as? String ?? "")
        }
    ).sorted { $0.testDescription < $1.testDescription }

    /// The kinds of the error types in the recordings; a function's own types are all `raised`.
    private static let kinds: [String: FunctionFailure.Kind] = [
        "Sandbox.Timedout": .timedOut, "Runtime.ExitError": .exited,
        "Function.ResponseSizeTooLarge": .answerTooLarge,
    ]

    @Test(arguments: functionRows)
    func `a function's failure is recognized by its error type`(_ row: FunctionRow) async {
        guard
            case .failure(let error) = await outcome(
                ok(row.payload, fields: ["X-Amz-Function-Error: Unhandled"])
            ),
            case .function(let failure) = error.kind
        else {
            Issue.record("it was taken for something else")
            return
        }
        #expect(failure.errorType == row.type)
        let plain = row.isInitialization ? FunctionFailure.Kind.initialization : .raised
        if let type = row.type { #expect(failure.kind == Self.kinds[type] ?? plain) }
        #expect(!failure.errorMessage.isEmpty)
    }

    @Test(arguments: serviceRows)
    func `a refusal keeps its code and its text`(_ row: ServiceRow) async throws {
        let body = try JSONSerialization.data(withJSONObject: ["Type": "User", "message": row.message])
        let answer = refused(row.status, row.code, String(decoding: body, as: UTF8.self))
        guard case .failure(let error) = await outcome(answer) else {
            Issue.record("it was taken for a result")
            return
        }
        #expect(error.code == row.code)
        #expect(error.message == row.message)
        #expect(error.status == row.status)
        switch row.status {
        case 404: #expect(error.kind == .notFound)
        case 403: #expect(error.kind == .accessDenied)
        case 413: #expect(error.kind == .tooLarge(.request))
        case 429:
            guard case .throttled = error.kind else {
                Issue.record("it is \(error.kind)")
                return
            }
        case 409: #expect(error.kind == .conflict)
        default: #expect(error.kind == .invalidRequest)
        }
    }
}
