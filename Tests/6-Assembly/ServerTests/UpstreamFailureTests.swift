import AWS
import Control
import Gateway
import HTTPClient
@testable import Server
import Telemetry
import Testing

/// How a Lambda error is shown to an agent, and in the operator's log.
struct UpstreamFailureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: LambdaError.Kind
        /// Whether nothing has reached the function.
        var isUnsent = false
        let code: UpstreamFailure.Code
        let says: String
        var logs = ""
        var testDescription: String { "\(kind) \(isUnsent)" }
    }

    private static func function() throws -> PreparedFunction {
        let region = try #require(Region("eu-west-1"))
        return try PreparedFunction(
            FunctionName("shop"),
            qualifier: nil,
            region: region,
            endpoint: Endpoint(scheme: .https, host: "lambda.example")
        )
    }

    /// The gateway stops reading, and the function runs on.
    @Test(arguments: [LambdaError.Kind.tooLarge(.answer), .malformedAnswer])
    func `a stream that is given up may be running, whatever a whole answer would mean`(
        _ kind: LambdaError.Kind
    ) throws {
        let error = LambdaError(kind: kind, code: "", message: "the cause", requestID: "r-1")
        let whole = UpstreamFailure(error, try Self.function())
        let streamed = UpstreamFailure(streamed: error, try Self.function())
        #expect(whole.execution == .ended && streamed.execution == .unknown)
        #expect(whole.code == streamed.code && streamed.requestID == "r-1")
        #expect(!streamed.message.contains("6 MB"))
    }

    @Test(arguments: [
        Row(
            kind: .accessDenied,
            code: .accessDenied,
            says: "not allowed to invoke",
            logs: "allow them lambda:InvokeFunction"
        ),
        Row(
            kind: .unauthenticated,
            code: .misconfigured,
            says: "credentials are wrong",
            logs: "not accepted"
        ),
        Row(kind: .clockSkew, code: .misconfigured, says: "clock is wrong", logs: "set it by NTP"),
        Row(
            kind: .noCredentials,
            code: .misconfigured,
            says: "has no AWS credentials",
            logs: "no AWS credentials"
        ),
        Row(
            kind: .noRole(mayPass: false),
            code: .misconfigured,
            says: "AWS refuses the role",
            logs: "once that is put right"
        ),
        Row(
            kind: .noRole(mayPass: true),
            code: .unavailable,
            says: "the call was not sent. Try again",
            logs: "tried again by itself"
        ),
        Row(kind: .timedOut, code: .timedOut, says: "It may still be working.", logs: "the target's timeout"),
        Row(kind: .timedOut, isUnsent: true, code: .timedOut, says: "the call was not sent"),
        Row(kind: .unreachable, isUnsent: true, code: .unreachable, says: "the call was not sent"),
        Row(kind: .interrupted, code: .unreachable, says: "It may have done its work."),
        Row(kind: .interrupted, isUnsent: true, code: .unreachable, says: "before the tool was called"),
        Row(kind: .overloaded, isUnsent: true, code: .unavailable, says: "not available at the moment"),
        Row(kind: .configuration, code: .misconfigured, says: "not set up correctly"),
    ])
    func `each cause has its own words, and none says that a call which wasn't sent may be running`(
        _ row: Row
    )
        throws
    {
        let error = LambdaError(
            kind: row.kind,
            code: "",
            message: "the cause",
            requestID: "r-1",
            isRetryableBeforeExecution: row.isUnsent
        )
        let failure = UpstreamFailure(error, try Self.function())
        #expect(failure.code == row.code)
        #expect(failure.message.contains(row.says), "\(failure.message)")
        #expect(
            failure.detail.contains("the cause") && failure.detail.contains(row.logs),
            "\(failure.detail)"
        )
        #expect(failure.requestID == "r-1")
        if row.isUnsent {
            #expect(
                !failure.message.contains("may still be working")
                    && !failure.message.contains("may have done")
            )
        }
    }

    @Test(
        arguments: [
            ("KeyError", "'body'", "'body'", "with KeyError: 'body'; its log has the details"),
            ("ToolError", "no", "no", "with ToolError: no"),
            (nil, "", "The tool failed without a message.", "the function failed"),
        ] as [(String?, String, String, String)]
    )
    func `a function's own error keeps its type, and no contract is guessed from it`(
        _ type: String?,
        _ message: String,
        _ says: String,
        _ logs: String
    ) throws {
        let raised = FunctionFailure(kind: .raised, errorType: type, errorMessage: message)
        let error = LambdaError(kind: .function(raised), code: type ?? "", message: message)
        let failure = UpstreamFailure(error, try Self.function())
        #expect(failure.code == .functionError)
        #expect(failure.errorType == type)
        #expect(failure.message == says)
        #expect(failure.detail.contains(logs), "\(failure.detail)")
    }

    @Test(arguments: [true, false])
    func `the output of a function is in the gateway's log only for functions of this machine`(
        isLocal: Bool
    ) throws {
        let function = try PreparedFunction(
            FunctionName("shop"),
            region: #require(Region("eu-west-1")),
            endpoint: Endpoint(scheme: .https, host: "lambda.example"),
            isLocal: isLocal
        )
        let raised = FunctionFailure(kind: .raised, errorType: "KeyError", errorMessage: "no")
        let error = LambdaError(
            kind: .function(raised),
            code: "",
            message: "no",
            logTail: "password is hunter2\n"
        )
        let failure = UpstreamFailure(error, function)
        #expect(failure.detail.contains("hunter2") == isLocal)
        #expect(failure.detail.contains("its log has the details") != isLocal)
        #expect(!failure.message.contains("hunter2"))
        // An operator who tests a target has asked for the output.
        let asked = ToolSourceError(error, function: function, isCall: true, showsLog: true)
        #expect(asked.description.contains("hunter2"))
    }
}
