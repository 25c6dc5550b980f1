import Foundation
import JSON
import LocalLambda
import Testing

/// The local Lambda's API, tested with the AWS SDK for Python.
@Suite(.timeLimit(.minutes(3)))
struct Boto3Tests {
    @Test func `boto3 gets the answers that it would get from AWS`() async throws {
        var sample = try pythonFunction()
        sample.aliases = ["live"]
        sample.tags = ["team": "a"]
        let functions = [
            sample, FunctionDefinition(name: "other", command: ["/bin/true"], directory: "/tmp"),
        ]
        try await withLambda(functions) { subject in
            let seen = try await runPython([
                Place.here + "/boto3_client.py", "http://127.0.0.1:\(subject.port)",
            ])
            let invoke = try #require(seen["invoke"])
            #expect(invoke["StatusCode"]?.intValue == 200)
            #expect(invoke["ExecutedVersion"]?.stringValue == "$LATEST")
            #expect(invoke["FunctionError"] == nil)
            #expect(invoke["payload"]?.stringValue == #"{"a": 1}"#)
            let id = invoke["request"]?.stringValue ?? ""
            #expect(
                invoke["log"]?.stringValue?.contains("END RequestId: \(id)\nREPORT RequestId: \(id)\t")
                    == true
            )
            #expect(seen["no payload"]?["payload"]?.stringValue == "{}")
            #expect(seen["stream"]?.stringValue == "[1]")

            let text = seen["context"]?["payload"]?.stringValue ?? ""
            let context = try JSONValue(parsing: text)
            #expect(context["custom"]?["tool"]?.stringValue == "a___b")
            #expect(context["tenant"]?.stringValue == "tenant 1")
            #expect(seen["arn"]?["StatusCode"]?.intValue == 200)
            #expect(seen["arn and qualifier"]?["StatusCode"]?.intValue == 200)
            let alias = try JSONValue(parsing: seen["alias"]?["payload"]?.stringValue ?? "")
            #expect(alias["arn"]?.stringValue == "arn:aws:lambda:us-east-1:123456789012:function:sample:live")
            #expect(seen["failure"]?["FunctionError"]?.stringValue == "Unhandled")
            #expect(seen["failure"]?["StatusCode"]?.intValue == 200)
            #expect(seen["event"]?["StatusCode"]?.intValue == 202)
            #expect(seen["event"]?["payload"]?.stringValue == "")
            #expect(seen["event"]?["ExecutedVersion"] == nil)
            #expect(seen["dry run"]?["StatusCode"]?.intValue == 204)

            #expect(seen["list"]?.arrayValue?.compactMap { $0.stringValue } == ["other", "sample"])
            #expect(seen["function"]?.stringValue == "arn:aws:lambda:us-east-1:123456789012:function:sample")
            #expect(seen["configuration"]?.intValue == 30)
            #expect(seen["tags"]?["team"]?.stringValue == "a")
            try expectRefusals(seen)
        }
    }

    @Test func `boto3's paginator reads all pages, and the tags of each function`() async throws {
        let functions = (0..<120).map { number in
            FunctionDefinition(
                name: "f\(1_000 + number)",
                command: ["/bin/true"],
                directory: "/tmp",
                tags: ["n": "\(number)", "a b/\u{FC}": "c=d&e+f"]
            )
        }
        try await withLambda(functions) { subject in
            let seen = try await runPython([
                Place.here + "/boto3_lists.py", "http://127.0.0.1:\(subject.port)",
            ])
            #expect(seen["sizes"] == [50, 50, 20])
            for function in functions {
                #expect(seen["tags"]?[function.name]?["n"]?.stringValue == function.tags["n"])
                #expect(seen["tags"]?[function.name]?["a b/\u{FC}"]?.stringValue == "c=d&e+f")
            }
            #expect(seen["tags"]?.objectValue?.count == 120)
        }
    }

    private func expectRefusals(_ seen: JSONValue) throws {
        let expected = [
            ("not found", 404, "ResourceNotFoundException"), ("wrong name", 400, "ValidationException"),
            ("not json", 400, "InvalidRequestContentException"),
            ("too large", 413, "RequestEntityTooLargeException"),
            ("wrong secret", 403, "InvalidSignatureException"),
            ("unknown key", 403, "UnrecognizedClientException"),
            ("unknown token", 403, "UnrecognizedClientException"), ("skew", 403, "InvalidSignatureException"),
        ]
        for (name, status, code) in expected {
            let refusal = try #require(seen[name], "\(name)")
            #expect(refusal["status"]?.intValue == status, "\(name)")
            #expect(refusal["code"]?.stringValue == code, "\(name)")
            #expect(refusal["message"]?.stringValue?.isEmpty == false, "\(name)")
        }
        #expect(seen["not found"]?["class"]?.stringValue == "ResourceNotFoundException")
        #expect(seen["not json"]?["class"]?.stringValue == "InvalidRequestContentException")
    }
}
