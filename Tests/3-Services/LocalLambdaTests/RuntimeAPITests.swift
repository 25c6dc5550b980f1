import Foundation
import JSON
import LocalLambda
import Testing

/// The Runtime API, tested with a runtime of our own.
@Suite(.timeLimit(.minutes(2)))
struct RuntimeAPITests {
    private func rawFunction() throws -> FunctionDefinition {
        FunctionDefinition(
            name: "raw",
            command: [try Place.python(), "raw_runtime.py"],
            timeoutSeconds: 7,
            directory: Place.functions
        )
    }

    @Test func `next carries the headers that runtimes need, in their exact form`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            let event = #"{"do":"headers",  "n":1.0}"#
            let before = Int64(Date().timeIntervalSince1970 * 1000)
            let answer = try await subject.invoke("raw", event, ["X-Amz-Tenant-Id": "t1"])
            let headers = Dictionary(
                (answer.json?["headers"]?.arrayValue ?? []).map { pair in
                    (
                        (pair.arrayValue?[0].stringValue ?? "").lowercased(),
                        pair.arrayValue?[1].stringValue ?? ""
                    )
                },
                uniquingKeysWith: { $0 + "," + $1 }
            )
            // Must be exactly this text: without it awslambdaric crashes, and with a parameter it passes bytes to the
            // handler.
            #expect(headers["content-type"] == "application/json")
            #expect(headers["content-length"] == String(event.utf8.count))
            #expect(headers["transfer-encoding"] == nil)
            #expect(headers["lambda-runtime-aws-request-id"] == answer.requestID)
            #expect(
                headers["lambda-runtime-invoked-function-arn"]
                    == "arn:aws:lambda:us-east-1:123456789012:function:raw"
            )
            #expect(headers["lambda-runtime-aws-tenant-id"] == "t1")
            #expect(headers["lambda-runtime-client-context"] == nil)
            let trace = headers["lambda-runtime-trace-id"] ?? ""
            let form = #/Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0/#
            #expect(trace.wholeMatch(of: form) != nil)
            let deadline = Int64(headers["lambda-runtime-deadline-ms"] ?? "") ?? 0
            #expect(deadline >= before + 7_000 && deadline < before + 67_000)
            #expect(answer.json?["event"]?.stringValue == event)
        }
    }

    @Test func `a runtime's invalid requests are refused, and the invocation continues`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            let answer = try await subject.invoke("raw", #"{"do":"misbehave"}"#)
            let expected = [
                ("next while busy", 403, "InvalidStateTransition"),
                ("another id", 400, "InvalidRequestID"),
                ("late init error", 403, "InvalidStateTransition"),
                ("restore", 403, "InvalidStateTransition"),
                ("unknown path", 404, "NotFound"),
                ("other version", 404, "NotFound"),
                ("extension", 404, "NotFound"),
            ]
            for (name, status, type) in expected {
                let outcome = try #require(answer.json?[name], "\(name)")
                #expect(outcome["status"]?.intValue == status, "\(name)")
                #expect(outcome["type"]?.stringValue == "application/json")
                #expect(outcome["body"]?["errorType"]?.stringValue == type, "\(name)")
            }
        }
    }

    @Test func `an answer in chunks is whole; a stream has to be the invocation's`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            let whole = try await subject.invoke("raw", #"{"do":"chunks"}"#)
            #expect(whole.text == #""in chunks""#)
            let streamed = try await subject.invoke("raw", #"{"do":"stream for others"}"#)
            #expect(streamed.text == "mine")
            let lines = [#"chunks: {"status":"OK"}"#, "400", "202", "403"]
            #expect(await eventually { subject.lines.all.map { $0.text } == lines })
        }
    }

    @Test func `only the first answer to an invocation counts`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            let first = try await subject.invoke("raw", #"{"do":"twice"}"#)
            let second = try await subject.invoke("raw")
            #expect(first.text == #""first""#)
            #expect(second.text == "{}")
            #expect(subject.lines.all.map { $0.text } == ["second answer: 403"])
        }
    }

    @Test func `a header of a megabyte is accepted`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            let answer = try await subject.invoke("raw", #"{"do":"large header"}"#)
            #expect(answer.text == #"{"errorType":"Raw"}"#)
            #expect(answer.fields["x-amz-function-error"] == "Unhandled")
        }
    }

    @Test func `a runtime may come back on another connection`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            for _ in 0..<3 {
                let answer = try await subject.invoke("raw", #"{"do":"close"}"#)
                #expect(answer.text == #""closed""#)
            }
            #expect(await subject.lambda.processCount() == 1)
        }
    }

    @Test func `an event is not sent to an abandoned request`() async throws {
        try await withLambda([try rawFunction()]) { subject in
            for number in 1...5 {
                let answer = try await subject.invoke("raw", #"{"do":"break off"}"#)
                #expect(answer.text == #""broken off""#)
                #expect(await eventually { subject.lines.all.count == number })
            }
            #expect(await subject.lambda.processCount() == 1)
        }
    }

    @Test func `a function's environment is as on AWS, with its own variables and none of the gateway's`()
        async throws
    {
        setenv("GATEWAY_TEST_MARK", "must not be seen", 1)
        let environment = [
            "OWN": "value", "PYTHONPATH": "/opt/more", "AWS_REGION": "eu-west-1",
        ]
        try await withLambda([try pythonFunction(environment: environment)]) { subject in
            let answer = try await subject.invoke("sample", #"{"do":"environment"}"#)
            let seen = try #require(answer.json?["environment"])
            let names = Set(seen.objectValue?.members.map { $0.key } ?? [])
            let wanted: Set = [
                "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_INITIALIZATION_TYPE",
                "AWS_LAMBDA_LOG_GROUP_NAME",
                "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_RUNTIME_DIR",
                "LAMBDA_TASK_ROOT", "LANG",
                "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID", "OWN",
            ]
            #expect(names.isSuperset(of: wanted), "missing: \(wanted.subtracting(names))")
            #expect(!names.contains("GATEWAY_TEST_MARK"))
            #expect(!names.contains("AWS_LAMBDA_MAX_CONCURRENCY"))
            #expect(!names.contains("_LAMBDA_TELEMETRY_LOG_FD"))
            #expect(seen["OWN"]?.stringValue == "value")
            #expect(seen["AWS_REGION"]?.stringValue == "eu-west-1")
            #expect(seen["AWS_ACCESS_KEY_ID"]?.stringValue?.hasPrefix("ASIA") == true)
            #expect(seen["AWS_EXECUTION_ENV"]?.stringValue == "AWS_Lambda_python3.11")
            #expect(seen["AWS_LAMBDA_INITIALIZATION_TYPE"]?.stringValue == "on-demand")
            #expect(seen["PYTHONPATH"]?.stringValue == Place.functions + ":/opt/more")
            #expect(seen["LAMBDA_TASK_ROOT"]?.stringValue == Place.functions)
            #expect(seen["TZ"]?.stringValue == ":UTC")
            #expect(seen["_HANDLER"]?.stringValue == "sample.handler")
            let address = seen["AWS_LAMBDA_RUNTIME_API"]?.stringValue ?? ""
            #expect(address.wholeMatch(of: /127\.0\.0\.1:\d+/) != nil)
            #expect(answer.json?["directory"]?.stringValue == Place.functions)
            #expect(answer.json?["arguments"]?.arrayValue?.last?.stringValue == "sample.handler")
        }
    }

    @Test func `each process has an address of its own`() async throws {
        try await withLambda([try pythonFunction("one"), try pythonFunction("two")]) { subject in
            var addresses: Set<String> = []
            for name in ["one", "two"] {
                let answer = try await subject.invoke(name, #"{"do":"environment"}"#)
                addresses.insert(answer.json?["environment"]?["AWS_LAMBDA_RUNTIME_API"]?.stringValue ?? "")
            }
            #expect(addresses.count == 2)
        }
    }
}
