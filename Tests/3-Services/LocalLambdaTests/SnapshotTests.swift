import Bytes
import Foundation
import JSON
@testable import LocalLambda
import Testing
import TestSupport

/// Answers recorded from AWS itself, as a reference for those of the local Lambda.
struct Snapshots {
    /// One recorded failure of a request.
    struct Failure: Sendable, CustomTestStringConvertible {
        var test: String
        var code: String
        var message: String
        var status: Int
        /// The members of the body, except those that the client library adds.
        var members: [String]
        var testDescription: String { "\(test): \(message.prefix(80))" }
    }

    /// The recordings by the name of the test that made them; empty when the folder doesn't exist.
    static let recorded: [(test: String, content: JSONValue)] = {
        guard let folder = SharedVectors.folder("lambda-snapshots")?.path,
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { return [] }
        return names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name -> [(String, JSONValue)] in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let file = try? JSONValue(parsing: Array(data).span)
            else { return [] }
            return (file.objectValue?.members ?? []).map { member in
                let test = member.key.split(separator: "::").last.map(String.init) ?? member.key
                return (test, member.value["recorded-content"] ?? .null)
            }
        }
    }()

    /// Every recorded failure in `content`.
    static func failures(in content: JSONValue, test: String) -> [Failure] {
        if let error = content["Error"], let code = error["Code"]?.stringValue {
            let status = content["ResponseMetadata"]?["HTTPStatusCode"]?.intValue ?? 0
            let keys = content.objectValue?.members.map { $0.key } ?? []
            return [
                Failure(
                    test: test,
                    code: code,
                    message: error["Message"]?.stringValue ?? "",
                    status: status,
                    members: keys.filter { $0 != "Error" && $0 != "ResponseMetadata" }.sorted()
                )
            ]
        }
        return (content.objectValue?.members ?? []).flatMap { failures(in: $0.value, test: test) }
    }

    static let failures = recorded.flatMap { failures(in: $0.content, test: $0.test) }

    /// Every payload of a recorded function error.
    static let functionErrors: [JSONValue] = recorded.flatMap { payloads(in: $0.content) }

    private static func payloads(in content: JSONValue) -> [JSONValue] {
        if content["FunctionError"] != nil, let payload = content["Payload"] { return [payload] }
        return (content.objectValue?.members ?? []).flatMap { payloads(in: $0.value) }
    }
}

struct SnapshotTests {
    /// The local Lambda's error for a recorded message; nil if a local Lambda can't have that error.
    private func ours(_ failure: Snapshots.Failure) -> ServiceError? {
        let text = Snapshots.real(failure.message)
        if let arn = text.removingPrefix("Function not found: ") { return .functionNotFound(arn) }
        if let match = text.wholeMatch(
            of: /Functions from '(.*)' are not reachable in this region \('(.*)'\)/
        ) {
            return .wrongRegion(String(match.output.1), here: String(match.output.2))
        }
        if text.hasPrefix("The derived qualifier") { return .qualifierMismatch }
        if text.hasPrefix("Tags on function aliases") { return .taggedAlias }
        if text == "Rate Exceeded.", failure.members.contains("Reason") { return .throttled }
        if failure.code == "ValidationException" { return validation(text) }
        return nil
    }

    /// Reads the refused value from the recorded message, and refuses it with our own code.
    private func validation(_ text: String) -> ServiceError? {
        guard
            let match = text.wholeMatch(of: /1 validation error detected: Value '(.*)' at '(\w+)' failed .*/)
        else {
            return nil
        }
        let value = Snapshots.real(String(match.output.1))
        switch match.output.2 {
        case "functionName" where text.hasSuffix(FunctionReference.pattern):
            return refusal(name: value, qualifier: nil)
        case "qualifier" where text.hasSuffix(FunctionReference.qualifierPattern):
            return refusal(name: "f", qualifier: value)
        case "resource": return .validation([FunctionReference.resourceFault(value)])
        default: return nil
        }
    }

    private func refusal(name: String, qualifier: String?) -> ServiceError? {
        do throws(ServiceError) {
            _ = try FunctionReference(validating: name, qualifier: qualifier)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Snapshots.failures)
    func `our error has the recorded status, code, text and members`(_ failure: Snapshots.Failure) throws {
        guard let error = ours(failure) else { return }
        #expect(error.status == failure.status)
        #expect(error.code == failure.code)
        #expect(error.message == Snapshots.real(failure.message))
        let body = try JSONValue(parsing: error.body.bytes.span)
        var members = body.objectValue?.members.map { $0.key }.sorted() ?? []
        // The client library drops the `message` of an error that has no `Type`.
        if failure.members.isEmpty { members.removeAll { $0 == "message" } }
        #expect(members == failure.members)
    }

    @Test func `more than 40 recorded errors are compared`() {
        guard !Snapshots.failures.isEmpty else { return }
        #expect(Snapshots.failures.count { ours($0) != nil } > 40)
    }

    /// The names and qualifiers of the recorded checks of Invoke and GetFunction, with AWS's errors.
    @Test func `names are refused with the recorded faults`() throws {
        var compared = 0
        for (test, content) in Snapshots.recorded
        where test.hasPrefix("test_function_name_and_qualifier_validation[") {
            guard test.hasSuffix("-invoke]") || test.hasSuffix("-get_function]") else { continue }
            for fault in content.objectValue?.members.first?.value["Errors"]?.arrayValue ?? [] {
                let text = Snapshots.real(fault.stringValue ?? "")
                let match = try #require(text.wholeMatch(of: /Value '(.*)' at '(\w+)' failed .*/))
                let value = String(match.output.1)
                let isName = match.output.2 == "functionName"
                let error = refusal(name: isName ? value : "f", qualifier: isName ? nil : value)
                #expect(error?.message == "1 validation error detected: \(text)", "\(test)")
                compared += 1
            }
        }
        #expect(Snapshots.recorded.isEmpty || compared > 15)
    }

    @Test func `failures of functions have the recorded texts`() throws {
        var texts: Set<String> = []
        for payload in Snapshots.functionErrors {
            guard let type = payload["errorType"]?.stringValue,
                let message = payload["errorMessage"]?.stringValue
            else { continue }
            let ours: FunctionError?
            switch type {
            case "Sandbox.Timedout":
                let seconds = message.firstMatch(of: /after (\d+)\.00/).flatMap { Int($0.output.1) }
                ours = .timedOut(seconds: seconds ?? 0)
            case "Runtime.ExitError":
                let code = message.firstMatch(of: /exit status (\d+)/).flatMap { Int($0.output.1) }
                ours = .exited(.code(code ?? 0))
            case "Function.ResponseSizeTooLarge":
                ours = .responseTooLarge(bytesMax: FunctionError.responseBytesMax)
            default: ours = nil
            }
            guard let ours else { continue }
            let mine = try JSONValue(parsing: ours.payload(requestID: "ID").bytes.span)
            let recorded = message.replacing(/RequestId: \S+/, with: "RequestId: ID")
            #expect(mine["errorMessage"]?.stringValue == recorded)
            #expect(mine["errorType"]?.stringValue == type)
            #expect(mine.objectValue?.count == 2)
            texts.insert(recorded)
        }
        #expect(Snapshots.recorded.isEmpty || texts.count >= 4)
    }

    @Test func `events that are not JSON are refused with the recorded texts`() {
        let events: [String: [UInt8]] = [
            #"test_lambda_invoke_payload_encoding_error[body-n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt]"#: Array(
                "n\u{87}r\u{9E}\u{E9}\u{B5}\u{D7}I\u{EE}\u{9B}mt".unicodeScalars.map { UInt8($0.value) }
            ),
            #"test_lambda_invoke_payload_encoding_error[message-\x99\xeb,j\x07\xa1zYh]"#: Array(
                "\u{99}\u{EB},j\u{07}\u{A1}zYh".unicodeScalars.map { UInt8($0.value) }
            ),
        ]
        for failure in Snapshots.failures {
            guard let event = events[failure.test] else { continue }
            #expect(PayloadFaultTests.fault(of: event)?.message == failure.message)
            #expect(PayloadFaultTests.fault(of: event)?.code == failure.code)
        }
    }

    @Test func `a function's configuration in both forms has only members that AWS has`() throws {
        guard let list = Snapshots.recorded.first(where: { $0.test == "test_list_functions" })?.content,
            let shown = Snapshots.recorded.first(where: { $0.test == "test_function_lifecycle" })?.content
        else { return }
        let function = FunctionDefinition(name: "f", command: ["c"], directory: "/d")
        let description = FunctionDescription(function: function, arn: "arn", role: "r", modifiedMs: 0)
        func keys(_ value: JSONValue?) -> Set<String> {
            Set(value?.objectValue?.members.map { $0.key } ?? [])
        }
        let listed = keys(list["list_default"]?["Functions"]?.arrayValue?.first)
        #expect(listed.subtracting(keys(description.configuration(isListed: true))) == ["CodeSize"])
        #expect(keys(description.configuration(isListed: true)).isSubset(of: listed))
        let configuration = keys(shown["get_function_response"]?["Configuration"])
        let missing: Set = ["CodeSize", "RuntimeVersionConfig"]
        #expect(configuration.subtracting(keys(description.configuration(isListed: false))) == missing)
        #expect(keys(description.configuration(isListed: false)).isSubset(of: configuration))
    }

    @Test func `the environment has the variables that AWS's Python runtimes have`() {
        for (test, content) in Snapshots.recorded where test == "test_introspection_invoke[python3.12]" {
            let recorded =
                content["invocation_result_payload"]?["environment"]?.objectValue?.members.map { $0.key }
                ?? []
            let function = FunctionDefinition(
                name: "f",
                command: ["c"],
                environment: ["TEST_KEY": "TEST_VAL"],
                directory: "/d"
            )
            let setting = FunctionEnvironment.Setting(
                region: "us-east-1",
                runtimeAPI: "127.0.0.1:1",
                logStream: "s",
                searchPath: "/bin",
                traceID: "t"
            )
            #expect(Set(recorded) == Set(FunctionEnvironment.variables(of: function, setting).keys))
        }
    }
}

extension Snapshots {
    /// A recorded text with real names where the recording has placeholders.
    static func real(_ text: String) -> String {
        text.replacing("<partition>", with: "aws").replacing("<region>", with: "us-east-1")
            .replacing("<a:len(129)>", with: String(repeating: "a", count: 129))
    }
}

extension String {
    fileprivate func removingPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? Snapshots.real(String(dropFirst(prefix.count))) : nil
    }
}
