import AWS
import Bytes
import Config
import Control
import Crypto
import Curl
import EventLoop
import HTTP
import HTTPClient
import HTTPServer
import Model
import Policy
import SigV4
import Store
import Synchronization
import TestSupport
import Testing

/// Invocations of a real HTTP server on the loopback, through the real client and signer.
struct LambdaToolSourceTests {
    private struct Seen: Sendable {
        var lines: [String] = []
    }

    private func withSource<T: Sendable>(
        answer: @escaping @Sendable (Request) -> Response,
        local: Set<String> = [],
        _ body: @escaping @Sendable (LambdaToolSource, EventLoop, _ port: Int) async throws -> T
    ) async throws -> T {
        try await withServer(handler: { $0.respond(answer($0.request)) }) { port, _ in
            try await withLoop { loop in
                let transport = try OutboundTransport(loop: loop, proxies: .init())
                var lambda = GatewayConfig().localLambda
                lambda.listen.port = port
                var aws = GatewayConfig().aws
                aws.region = "eu-central-1"
                aws.endpoint = "http://127.0.0.1:\(port)/aws"
                let access = try AWSAccess(config: aws, environment: testEnvironment)
                let source = LambdaToolSource(
                    loop: loop,
                    transport: transport,
                    access: access,
                    local: LocalRoute(access: AWSAccess(local: lambda), names: local)
                )
                let outcome: Result<T, any Error>
                do { outcome = .success(try await body(source, loop, port)) } catch {
                    outcome = .failure(error)
                }
                transport.close()
                return try outcome.get()
            }
        }
    }

    private var testEnvironment: [String: String] {
        ["AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "hunter2", "HOME": "/nonexistent"]
    }

    private func ok(_ json: String, fields: [ResponseField] = []) -> Response {
        Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(json))
    }

    private func spec(_ edit: (inout TargetSpec) -> Void = { _ in }) throws -> TargetSpec {
        var spec = TargetSpec(name: try TargetName("time"), function: "mcp-time")
        edit(&spec)
        return spec
    }

    @Test func `a target's tools are listed with a signed invocation`() async throws {
        let seen = Locked<[String]>([])
        let tools =
            #"{"statusCode":200,"body":"{\"tools\":[\#(tool("now").replacing("\"", with: "\\\""))]}"}"#
        let answer = ok(tools)
        let listing = try await withSource(
            answer: { request in
                let line = "\(request.path)?\(request.query) \(request.header("authorization") ?? "-") "
                seen.withLock { $0.append(line + request.bytes.span.text(request.body)) }
                return answer
            },
            { [spec = try spec { $0.qualifier = "live" }] source, _, _ in
                try await ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
                    .list(spec, aliases: [])
            }
        )
        #expect(listing.tools.map { $0.name } == ["now"])
        let line = seen.withLock { $0 }.first ?? ""
        #expect(
            line.hasPrefix("/aws/2015-03-31/functions/mcp-time/invocations?Qualifier=live AWS4-HMAC-SHA256 ")
        )
        #expect(line.contains("Credential=AKIDTEST/") && line.contains("/eu-central-1/lambda/aws4_request"))
        #expect(line.hasSuffix(#"{"method":"tools/list"}"#))
        #expect(!line.contains("hunter2"))
    }

    struct Row: Sendable {
        let status: Int
        let fields: [ResponseField]
        let body: String
        let says: String
    }

    @Test(arguments: [
        Row(
            status: 404,
            fields: [ResponseField("X-Amzn-ErrorType", "ResourceNotFoundException")],
            body: "{}",
            says: "has no function mcp-time in eu-central-1"
        ),
        Row(
            status: 403,
            fields: [ResponseField("X-Amzn-ErrorType", "AccessDeniedException")],
            body: #"{"Message":"no"}"#,
            says: "lambda:InvokeFunction"
        ),
        Row(
            status: 429,
            fields: [ResponseField("X-Amzn-ErrorType", "TooManyRequestsException")],
            body: "{}",
            says: "concurrency"
        ),
        Row(
            status: 200,
            fields: [ResponseField("X-Amz-Function-Error", "Unhandled")],
            body:
                #"{"errorType":"Boom","errorMessage":"a\u001b]0;evil\u0007b","stackTrace":["secret line"]}"#,
            says: "the function failed with Boom: a<U+001B>]0;evil<U+0007>b"
        ),
        Row(status: 500, fields: [], body: "<html>", says: "500"),
    ])
    func `an error says what it means and what to do`(_ row: Row) async throws {
        let error = try await withSource(
            answer: { _ in
                Response(
                    status: row.status,
                    contentType: .json,
                    fields: row.fields,
                    body: ByteBuffer(row.body)
                )
            },
            { [spec = try spec()] source, _, _ in
                do throws(ToolSourceError) {
                    _ = try await source.invoke(spec, payload: ByteBuffer("{}"), timeout: .seconds(10))
                    return ""
                } catch {
                    return error.description
                }
            }
        )
        #expect(error.contains(row.says), "\(error)")
        #expect(!error.contains("secret line"))
        #expect(error.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test(arguments: [
        (
            true, #"{"errorMessage":"'httpMethod'","errorType":"KeyError","stackTrace":[]}"#,
            "contract http-v1"
        ),
        (
            true,
            #"{"errorMessage":"'NoneType' object has no attribute 'custom'","errorType":"AttributeError"}"#,
            "contract agentcore"
        ),
        (true, #"{"errorMessage":"'city'","errorType":"KeyError"}"#, "contract function"),
        (false, #"{"statusCode":415,"body":"{\"message\":\"Unsupported Media Type\"}"}"#, "contract http-v2"),
        (false, #"{"greeting":"Hello"}"#, "contract function"),
    ])
    func `if the answer fits another contract, the error suggests that contract`(
        _ isFailure: Bool,
        _ payload: String,
        _ contract: String
    ) async throws {
        let fields = isFailure ? [ResponseField("X-Amz-Function-Error", "Unhandled")] : []
        let answer = Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(payload))
        let message = try await withSource(answer: { _ in answer }) { [spec = try spec()] source, _, _ in
            let inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
            do throws(ToolSourceError) {
                _ = try await inquiry.list(spec, aliases: [])
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(message.contains("(\(contract))? "))
    }

    @Test func `a check sends only a dry run`() async throws {
        let types = Locked<[String]>([])
        try await withSource(
            answer: { request in
                types.withLock { $0.append(request.header("x-amz-invocation-type") ?? "-") }
                return Response(status: 204)
            },
            { [spec = try spec()] source, _, _ in try await source.check(spec, timeout: .seconds(10)) }
        )
        #expect(types.withLock { $0 } == ["DryRun"])
    }

    @Test
    func `only local functions without an own endpoint use the local endpoint`()
        async throws
    {
        let answer = ok("{}")
        let endpoints = try await withSource(
            answer: { _ in answer },
            local: ["mcp-time"],
            { [spec = try spec(), other = try spec { $0.function = "other" }] source, _, port in
                var own = spec
                own.endpoint = "http://127.0.0.1:\(port)/own"
                return [
                    try source.endpoint(of: spec).pathPrefix, try source.endpoint(of: other).pathPrefix,
                    try source.endpoint(of: own).pathPrefix,
                ]
            }
        )
        #expect(endpoints == ["", "/aws", "/own"])
    }

    @Test func `the offset of the endpoint's clock is measured`() async throws {
        let answer = ok("{}")
        let offset = try await withSource(answer: { _ in answer }) { source, _, port in
            try await source.clockOffset(
                of: Endpoint(scheme: .http, host: "127.0.0.1", port: port),
                timeout: .seconds(10)
            )
        }
        #expect(abs(try #require(offset)) <= 2)
    }

    @Test func `the error for a closed port names the endpoint and the proxy settings`() async throws {
        let answer = ok("{}")
        let error = try await withSource(answer: { _ in answer }) {
            [spec = try spec { $0.endpoint = "http://127.0.0.1:1" }] source, _, _ in
            do throws(ToolSourceError) {
                _ = try await source.invoke(spec, payload: ByteBuffer("{}"), timeout: .seconds(10))
                return ""
            } catch {
                return error.description
            }
        }
        #expect(error.contains("cannot connect to http://127.0.0.1:1") && error.contains("proxy"))
    }

    @Test func `without credentials the error says what to set`() async throws {
        try await withLoop { loop in
            let transport = try OutboundTransport(loop: loop, proxies: .init())
            var aws = GatewayConfig().aws
            aws.region = "eu-central-1"
            let access = try AWSAccess(
                config: aws,
                environment: ["HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"]
            )
            let source = LambdaToolSource(loop: loop, transport: transport, access: access)
            let spec = TargetSpec(name: try TargetName("time"), function: "f")
            let error = await #expect(throws: ToolSourceError.self) {
                try await source.invoke(spec, payload: ByteBuffer("{}"), timeout: .seconds(1))
            }
            #expect(error?.message.contains("AWS_ACCESS_KEY_ID") == true)
            transport.close()
        }
    }

    @Test func `a key pair of the configuration comes before the environment's`() throws {
        var aws = GatewayConfig().aws
        aws.region = "eu-central-1"
        aws.credentials = GatewayConfig.AWS.AccessKeys(
            accessKeyID: Secret("AKIDCONFIG"),
            secretAccessKey: Secret("s")
        )
        let access = try AWSAccess(config: aws, environment: testEnvironment)
        #expect(try access.credentials.credentials().signing.accessKeyID == "AKIDCONFIG")
    }
}
