@testable import AWS
import Bytes
import Crypto
import EventLoop
import SigV4
import Testing

/// Failures of reading values kept at AWS; successful reads are in the tests with moto.
@Suite(.timeLimit(.minutes(2)))
struct ValueClientTests {
    private func client(_ url: String, _ network: AWSNetwork) throws -> ValueClient {
        ValueClient(
            settings: try settings(["AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1"]),
            credentials: testCredentials,
            network: network
        )
    }

    private func read(
        _ value: AWSValue,
        _ url: String,
        _ network: AWSNetwork
    ) throws -> Result<Secret, AWSValueError>? {
        try client(url, network).read([value])[value]
    }

    @Test func `both stores get the requests of their API models, in an ARN's region`() async throws {
        let answers: AskedServer.Answers = {
            $0.fields["x-amz-target"] == "AmazonSSM.GetParameter"
                ? .text(200, #"{"Parameter":{"Name":"/x","Value":"p"}}"#)
                : .text(200, #"{"SecretString":"s"}"#)
        }
        try await withAsked(answers) { server, url, network in
            let arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:x-AbCdEf"
            let values = [
                AWSValue(.secretsManager, name: arn), AWSValue(.parameterStore, name: "/x"),
                AWSValue(.parameterStore, name: "/x"),
            ]
            let found = try client(url, network).read(values)
            #expect(found == [values[0]: .success(Secret("s")), values[1]: .success(Secret("p"))])
            #expect(server.questions.count == 2)
            for question in server.questions {
                let isSecret = question.fields["x-amz-target"] == "secretsmanager.GetSecretValue"
                #expect(question.fields["content-type"] == "application/x-amz-json-1.1")
                #expect(
                    question.body
                        == (isSecret ? #"{"SecretId":"\#(arn)"}"# : #"{"Name":"/x","WithDecryption":true}"#)
                )
                let scope =
                    isSecret ? "us-west-2/secretsmanager/aws4_request" : "eu-central-1/ssm/aws4_request"
                #expect(question.fields["authorization"]?.contains(scope) == true)
            }
        }
    }

    @Test(arguments: [
        (200, "<html>hush</html>", "is not JSON"), (200, "{}", "answered without the secret"),
        (200, "[]", "answered without the secret"),
        (200, #"{"SecretString":7}"#, "answered without the secret"),
        (
            400, #"{"__type":"AccessDeniedException","Message":"User x may not"}"#,
            "AccessDeniedException: User x may not; the"
        ),
        (
            400, #"{"__type":"com.amazonaws#ResourceNotFoundException","message":"no"}"#,
            "ResourceNotFoundException: no; is it"
        ),
        (400, #"{"__type":"DecryptionFailure"}"#, "DecryptionFailure (400)"),
        (
            400, #"{"__type":"UnrecognizedClientException","message":"\u0007hush"}"#,
            "UnrecognizedClientException: <U+0007>"
        ),
        (503, "<html>hush</html>", "answered 503 without a readable body"),
        (302, "", "answered 302 without a readable body"),
    ])
    func `each failure has its own text`(_ status: Int, _ body: String, _ expected: String) async throws {
        try await withAsked({ _ in .text(status, body) }) { _, url, network in
            let found = try read(AWSValue(.secretsManager, name: "x"), url, network)
            guard case .failure(let error)? = found else {
                Issue.record("it was found: \(String(describing: found))")
                return
            }
            #expect(error.reason.contains(expected), "\(error)")
        }
    }

    @Test func `missing credentials, or a closed network, are reported in the error`() async throws {
        let network = AWSNetwork()
        let none = RefreshingCredentials { () throws(CredentialsError) in
            throw .none(profile: "default", notes: [])
        }
        let value = AWSValue(.parameterStore, name: "/x")
        let client = ValueClient(
            settings: try settings(["AWS_REGION": "x"]),
            credentials: none,
            network: network
        )
        guard case .failure(let error)? = client.read([value])[value] else {
            Issue.record("it was found")
            return
        }
        #expect(error.reason.hasPrefix("no AWS credentials"))
        await network.close()
        #expect(client.read([value])[value] == .failure(AWSValueError("the gateway is ending")))
    }
}
