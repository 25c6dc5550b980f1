@testable import AWS
import EventLoop
import Foundation
import JSON
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SchemaRegistryTests {
    private static let text = "arn:aws:schemas:us-west-2:123456789012:schema/shop.events/order@Placed:v1"

    private func client(_ url: String, _ network: AWSNetwork) throws -> SchemaRegistryClient {
        SchemaRegistryClient(
            settings: try settings(["AWS_ENDPOINT_URL_SCHEMAS": url]),
            credentials: testCredentials,
            network: network
        )
    }

    private func failure(_ url: String, _ network: AWSNetwork) async throws -> AWSReadError? {
        let arn = try SchemaARN(Self.text)
        let client = try client(url, network)
        do throws(AWSReadError) {
            _ = try await client.schema(arn, until: Listing.soon)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a schema is requested in the region of its ARN`() async throws {
        let content = #"{"type":"object"}"#
        let answer = JSONValue.object(
            JSONObject([("Content", .string(content)), ("Type", "JSONSchemaDraft4"), ("SchemaVersion", "3")])
        )
        try await withAsked({ _ in .text(200, answer.text) }) { server, url, network in
            let found = try await client(url, network).schema(try SchemaARN(Self.text), until: Listing.soon)
            #expect(found == RegistrySchema(type: "JSONSchemaDraft4", content: content, version: "3"))
            let question = try #require(server.questions.first)
            #expect(question.method == "GET")
            #expect(question.target == "/v1/registries/name/shop.events/schemas/name/order%40Placed%3Av1")
            #expect(question.fields["authorization"]?.contains("/us-west-2/schemas/aws4_request") == true)
        }
    }

    @Test(arguments: [
        (
            403, #"{"Message":"not authorized","Code":"ForbiddenException"}"#,
            AWSReadError.Kind.denied(action: "schemas:DescribeSchema"),
            "ForbiddenException: not authorized; the credentials must be allowed schemas:DescribeSchema in us-west-2"
        ),
        (
            404, #"{"Message":"Schema with name x does not exist.","Code":"NotFoundException"}"#, .notFound,
            "schemas:DescribeSchema: NotFoundException: Schema with name x does not exist."
        ),
        (503, "<html>hush</html>", .unavailable, "answered 503"),
        (200, "<html>hush</html>", .unreadable, "is not a JSON object"),
        (200, "{}", .unreadable, "holds no schema"),
        (200, #"{"Type":"OpenApi3","Content":{"a":1}}"#, .unreadable, "holds no schema"),
        (
            200, #"{"Type":"OpenApi3","Content":"\#(String(repeating: "x", count: 1 << 20))"}"#, .unreadable,
            "more than"
        ),
    ])
    func `each failure has its own kind and text`(
        _ status: Int,
        _ body: String,
        _ kind: AWSReadError.Kind,
        _ says: String
    ) async throws {
        try await withAsked({ _ in .text(status, body) }) { _, url, network in
            let error = try #require(await failure(url, network))
            #expect(error.kind == kind && error.reason.contains(says), "\(error)")
            expectNothingSecret(error.reason)
        }
    }

    @Test(arguments: [
        ("arn:aws:schemas:eu-central-1:123456789012:schema/r/n", "eu-central-1 123456789012 r n"),
        (
            "arn:aws-cn:schemas:cn-north-1:123456789012:schema/a.b-c_d/x@y:z",
            "cn-north-1 123456789012 a.b-c_d x@y:z"
        ),
        ("", "must read arn:aws:schemas"), ("r/n", "must read arn:aws:schemas"),
        ("arn:aws:lambda:eu-central-1:123456789012:function:f", "must read arn:aws:schemas"),
        ("arn:aws:schemas:eu_central:123456789012:schema/r/n", "'eu_central' is not a region"),
        ("arn:aws:schemas:eu-central-1:1234:schema/r/n", "'1234' is not a 12-digit account"),
        ("arn:aws:schemas:eu-central-1:123456789012:schema/r", "schema/REGISTRY/NAME"),
        ("arn:aws:schemas:eu-central-1:123456789012:schema/../n", "schema/REGISTRY/NAME"),
        ("arn:aws:schemas:eu-central-1:123456789012:schema/r/n/m", "schema/REGISTRY/NAME"),
        ("arn:aws:schemas:eu-central-1:123456789012:registry/r/n", "schema/REGISTRY/NAME"),
        (
            "arn:aws:schemas:eu-central-1:123456789012:schema/r/n\r\nx: y",
            "it has more than 512 characters, or others"
        ),
        (
            "arn:aws:schemas:eu-central-1:123456789012:schema/r/" + String(repeating: "n", count: 500),
            "512 characters"
        ),
    ])
    func `a schema's ARN is read, or the error says what is wrong`(_ text: String, _ expected: String) {
        do throws(SchemaARNError) {
            let arn = try SchemaARN(text)
            #expect("\(arn.region) \(arn.account) \(arn.registry) \(arn.name)" == expected)
        } catch {
            #expect(error.description.contains(expected), "\(error)")
        }
    }
}
