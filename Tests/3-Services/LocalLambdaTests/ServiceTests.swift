import Bytes
import Crypto
import Foundation
import JSON
import LocalLambda
import SigV4
import Testing

private let arn = "arn:aws:lambda:us-east-1:123456789012:function"

/// The AWS API around calls: signatures, operations, and names.
@Suite(.timeLimit(.minutes(2)))
struct ServiceTests {
    private let function = FunctionDefinition(
        name: "quiet",
        command: ["/bin/true"],
        handler: "a.b",
        environment: ["KEY": "value"],
        memoryMB: 256,
        timeoutSeconds: 9,
        directory: "/tmp",
        description: "Never run",
        tags: ["team": "a"],
        aliases: ["live"]
    )

    struct SignatureRow: Sendable {
        var name: String
        var code: String
        var text: String
        var credential = Subject.credential
        var ageSeconds = 0
        var isSigned = true
    }

    @Test func `requests with a wrong signature get AWS's own errors`() async throws {
        let key = Subject.credential.accessKeyID
        let rows = [
            SignatureRow(
                name: "wrong secret",
                code: "InvalidSignatureException",
                text: "The request signature we calculated does not match the signature you provided.",
                credential: SigningCredential(accessKeyID: key, secret: Secret("wrong"))
            ),
            SignatureRow(
                name: "unknown key",
                code: "UnrecognizedClientException",
                text: "The security token included in the request is invalid.",
                credential: SigningCredential(accessKeyID: "AKIANOBODY", secret: Secret("wrong"))
            ),
            SignatureRow(
                name: "slow clock",
                code: "InvalidSignatureException",
                text: "Signature expired: ",
                ageSeconds: 400
            ),
            SignatureRow(
                name: "fast clock",
                code: "InvalidSignatureException",
                text: "Signature not yet current: ",
                ageSeconds: -400
            ),
            SignatureRow(
                name: "no signature",
                code: "MissingAuthenticationTokenException",
                text: "Missing Authentication Token",
                isSigned: false
            ),
        ]
        try await withLambda([function]) { subject in
            for row in rows {
                for (method, path) in [
                    ("GET", "/2015-03-31/functions"), ("POST", "/2015-03-31/functions/quiet/invocations"),
                ] {
                    let answer = try await subject.send(
                        method,
                        path,
                        credential: row.credential,
                        ageSeconds: row.ageSeconds,
                        isSigned: row.isSigned
                    )
                    #expect(answer.status == 403, "\(row.name)")
                    #expect(answer.fields["x-amzn-errortype"] == row.code, "\(row.name)")
                    #expect(
                        answer.json?["message"]?.stringValue?.hasPrefix(row.text) == true,
                        "\(answer.text)"
                    )
                    #expect(!answer.requestID.isEmpty)
                }
            }
            let small = try await subject.send("GET", "/2015-03-31/functions", ageSeconds: 200)
            #expect(small.status == 200)
            #expect(await subject.lambda.processCount() == 0)
        }
    }

    @Test(arguments: ["us-east-1", "eu-central-1", "cn-north-1"])
    func `a request may be signed for any region, and functions are in that region`(_ region: String)
        async throws
    {
        try await withLambda([function]) { subject in
            let partition = region.hasPrefix("cn-") ? "aws-cn" : "aws"
            let arn = "arn:\(partition):lambda:\(region):123456789012:function:quiet"
            func get(_ name: String) async throws -> Answer {
                let name = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                return try await subject.send("GET", "/2015-03-31/functions/\(name)", region: region)
            }
            for name in ["quiet", arn] {
                let answer = try await get(name)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json?["Configuration"]?["FunctionArn"]?.stringValue == arn)
            }
            let elsewhere = try await get("arn:aws:lambda:eu-west-1:123456789012:function:quiet")
            let text = elsewhere.json?["Message"]?.stringValue
            #expect(text == "Functions from 'eu-west-1' are not reachable in this region ('\(region)')")
        }
    }

    @Test func `another service's signature and an invalid region are refused`() async throws {
        try await withLambda([function]) { subject in
            let path = "/2015-03-31/functions"
            let service = try await subject.send("GET", path, service: "s3")
            #expect(service.status == 403)
            #expect(service.text.contains("scoped to correct service: 'lambda'"))
            for region in ["", "EU", "eu central", "e\u{E9}", String(repeating: "a", count: 65)] {
                let answer = try await subject.send("GET", path, region: region)
                #expect(answer.status == 403, "\(region)")
                #expect(answer.text.contains("scoped to a valid region"), "\(region): \(answer.text)")
            }
        }
    }

    struct NameRow: Sendable, CustomTestStringConvertible {
        var name: String
        var qualifier: String?
        var status = 404
        var says: String
        var testDescription: String { "\(name) \(qualifier ?? "")" }
    }

    @Test func `wrong names are refused with AWS's errors`() async throws {
        let rows = [
            NameRow(name: "nosuch", says: "Function not found: \(arn):nosuch:$LATEST"),
            NameRow(name: "nosuch", qualifier: "1", says: "Function not found: \(arn):nosuch:1"),
            NameRow(name: "quiet:dead", says: "Function not found: \(arn):quiet:dead"),
            NameRow(name: "quiet", qualifier: "7", says: "Function not found: \(arn):quiet:7"),
            NameRow(
                name: "quiet:live",
                qualifier: "$LATEST",
                status: 400,
                says: "The derived qualifier from the function name does not match the specified qualifier."
            ),
            NameRow(
                name: "arn:aws:lambda:eu-west-1:123456789012:function:quiet",
                says: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
            ),
            NameRow(
                name: "arn:aws:lambda:us-east-1:999999999999:function:quiet",
                status: 403,
                says:
                    "User: arn:aws:iam::123456789012:user/local is not authorized to perform: lambda:InvokeFunction on "
                    + "resource: arn:aws:lambda:us-east-1:999999999999:function:quiet because no resource-based policy "
                    + "allows the lambda:InvokeFunction action"
            ),
            NameRow(
                name: "quiet!",
                qualifier: String(repeating: "a", count: 129),
                status: 400,
                says:
                    "2 validation errors detected: Value '\(String(repeating: "a", count: 129))' at 'qualifier' failed"
            ),
        ]
        try await withLambda([function]) { subject in
            for row in rows {
                let name = try #require(row.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let qualifier = row.qualifier?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
                let query = qualifier.map { "Qualifier=\($0)" } ?? ""
                let answer = try await subject.invoke(name, "{}", query: query)
                #expect(answer.status == row.status, "\(row.name)")
                let text = answer.json?["Message"]?.stringValue ?? answer.json?["message"]?.stringValue ?? ""
                #expect(text.hasPrefix(row.says), "\(text)")
            }
        }
    }

    @Test(arguments: [
        "quiet", "quiet:live", "123456789012:function:quiet", "\(arn):quiet", "\(arn):quiet:$LATEST",
    ])
    func `a function is found by each form of its name`(_ name: String) async throws {
        try await withLambda([function]) { subject in
            let name = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let dryRun = ["X-Amz-Invocation-Type": "DryRun"]
            let answer = try await subject.invoke(name, "{}", dryRun)
            #expect(answer.status == 204)
            #expect(try await subject.get("/2015-03-31/functions/\(name)").status == 200)
        }
    }

    struct RequestRow: Sendable {
        var fields: [String: String] = [:]
        var event = "{}"
        var code: String
        var says: String
    }

    @Test func `invalid parameters and events are refused before a process starts`() async throws {
        let rows = [
            RequestRow(
                fields: ["X-Amz-Invocation-Type": "Sometimes"],
                code: "ValidationException",
                says:
                    "1 validation error detected: Value 'Sometimes' at 'invocationType' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            ),
            RequestRow(
                fields: ["X-Amz-Log-Type": "Head"],
                code: "ValidationException",
                says: "1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [None, Tail]"
            ),
            RequestRow(
                fields: ["X-Amz-Tenant-Id": "a;b"],
                code: "ValidationException",
                says: "1 validation error detected: Value 'a;b' at 'tenantId' failed to satisfy constraint: "
                    + #"Member must satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+"#
            ),
            RequestRow(
                fields: ["X-Amz-Client-Context": "not base64!"],
                code: "InvalidRequestContentException",
                says: "Client context must be a valid Base64-encoded JSON object."
            ),
            RequestRow(
                fields: ["X-Amz-Client-Context": Data("[1]".utf8).base64EncodedString()],
                code: "InvalidRequestContentException",
                says: "Client context must be a valid Base64-encoded JSON object."
            ),
            RequestRow(
                fields: ["X-Amz-Client-Context": String(repeating: "A", count: 3584)],
                code: "InvalidRequestContentException",
                says: "Client context must be at most 3583 bytes of Base64."
            ),
            RequestRow(
                event: "{not json",
                code: "InvalidRequestContentException",
                says: "Could not parse request body into json: Could not parse payload into json: "
                    + "Unexpected character ('n' (code 110)): was expecting double-quote to start field name\n at "
                    + "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
            ),
        ]
        try await withLambda([function]) { subject in
            for row in rows {
                let answer = try await subject.invoke("quiet", row.event, row.fields)
                #expect(answer.status == 400)
                #expect(answer.fields["x-amzn-errortype"] == row.code)
                #expect(answer.json?["message"]?.stringValue == row.says)
            }
            #expect(await subject.lambda.processCount() == 0)
        }
    }

    @Test(arguments: [
        ("GET", "/"), ("GET", "/2015-03-31/nothing"), ("DELETE", "/2015-03-31/functions/quiet"),
        ("PUT", "/2015-03-31/functions/quiet/invocations"), ("GET", "/2015-03-31/functions/%zz"),
        ("GET", "/2021-11-15/functions/quiet/response-streaming-invocations"),
    ])
    func `a request that isn't a Lambda operation is refused`(_ method: String, _ path: String) async throws {
        try await withLambda([function]) { subject in
            let answer = try await subject.send(method, path)
            #expect(answer.status == 403)
            #expect(answer.fields["x-amzn-errortype"] == "AccessDeniedException")
            #expect(
                answer.text == #"{"Message":"Unable to determine service/operation name to be authorized"}"#
            )
        }
    }

    @Test func `the configuration shows the definition`() async throws {
        try await withLambda([function]) { subject in
            let plain = try await subject.get("/2015-03-31/functions/quiet/configuration")
            let configuration = try #require(plain.json)
            #expect(configuration["FunctionName"]?.stringValue == "quiet")
            #expect(configuration["FunctionArn"]?.stringValue == "\(arn):quiet")
            #expect(configuration["Handler"]?.stringValue == "a.b")
            #expect(configuration["MemorySize"]?.intValue == 256)
            #expect(configuration["Timeout"]?.intValue == 9)
            #expect(configuration["Description"]?.stringValue == "Never run")
            #expect(configuration["Environment"]?["Variables"]?["KEY"]?.stringValue == "value")
            #expect(configuration["State"]?.stringValue == "Active")
            let stamp = configuration["LastModified"]?.stringValue ?? ""
            #expect(stamp.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000/) != nil)

            let qualified = try await subject.get("/2015-03-31/functions/quiet", query: "Qualifier=live")
            #expect(qualified.json?["Configuration"]?["FunctionArn"]?.stringValue == "\(arn):quiet:live")
            #expect(qualified.json?["Tags"]?["team"]?.stringValue == "a")
            #expect(qualified.json?["Concurrency"]?["ReservedConcurrentExecutions"]?.intValue == 10)
        }
    }

    @Test func `tags are listed only for a function's ARN`() async throws {
        try await withLambda([function]) { subject in
            func tags(_ resource: String) async throws -> Answer {
                let text = try #require(resource.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                return try await subject.get("/2017-03-31/tags/\(text)")
            }
            let found = try await tags("\(arn):quiet")
            #expect(found.text == #"{"Tags":{"team":"a"}}"#)
            let alias = try await tags("\(arn):quiet:live")
            #expect(alias.status == 400)
            let text =
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            #expect(alias.text == #"{"Type":"User","message":"\#(text)"}"#)
            let missing = try await tags("\(arn):nosuch")
            #expect(missing.status == 404)
            #expect(missing.text == #"{"Type":"User","Message":"Function not found: \#(arn):nosuch"}"#)
            let name = try await tags("quiet")
            #expect(name.fields["x-amzn-errortype"] == "ValidationException")
        }
    }

    @Test func `functions are listed in the order of their names, page by page`() async throws {
        let functions = (0..<120).map { number in
            FunctionDefinition(name: "f\(1000 + number)", command: ["/bin/true"], directory: "/tmp")
        }
        try await withLambda(functions.reversed()) { subject in
            for size in [7, 50, 10_000] {
                var names: [String] = []
                var marker: String?
                var pages = 0
                repeat {
                    let query = (marker.map { "Marker=\($0)&" } ?? "") + "MaxItems=\(size)"
                    let page = try await subject.get("/2015-03-31/functions", query: query)
                    let listed = page.json?["Functions"]?.arrayValue ?? []
                    #expect(listed.count <= min(size, 50))
                    names += listed.compactMap { $0["FunctionName"]?.stringValue }
                    marker = page.json?["NextMarker"]?.stringValue
                    pages += 1
                } while marker != nil
                #expect(names == functions.map { $0.name })
                #expect(pages == (120 + min(size, 50) - 1) / min(size, 50))
            }
            let all = try await subject.get("/2015-03-31/functions/", query: "FunctionVersion=ALL&MaxItems=1")
            #expect(
                all.json?["Functions"]?.arrayValue?[0]["FunctionArn"]?.stringValue == "\(arn):f1000:$LATEST"
            )
        }
    }

    @Test(arguments: [
        (
            "FunctionVersion=some",
            "Value 'some' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]"
        ),
        (
            "MaxItems=0",
            "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"
        ),
        (
            "MaxItems=10001",
            "Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000"
        ),
        ("Marker=%21", "The marker '!' was not given by an earlier ListFunctions."),
    ])
    func `a list with invalid parameters is refused`(_ query: String, _ says: String) async throws {
        try await withLambda([function]) { subject in
            let answer = try await subject.get("/2015-03-31/functions", query: query)
            #expect(answer.status == 400)
            #expect(answer.json?["message"]?.stringValue?.hasSuffix(says) == true, "\(answer.text)")
        }
    }

    @Test func `a port that is in use is reported`() async throws {
        try await withLambda([function]) { subject in
            let error = await #expect(throws: LocalLambdaError.self) {
                try await withLambda([], configure: { $0.port = subject.port }) { _ in }
            }
            #expect(
                error?.description == "cannot listen on 127.0.0.1:\(subject.port): Address already in use"
            )
        }
    }
}
