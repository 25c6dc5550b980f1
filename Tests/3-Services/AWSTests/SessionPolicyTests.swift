import AWS
import JSON
import Testing

struct SessionPolicyTests {
    private static let role = "arn:aws:iam::123456789012:role/acme"

    private func resources(_ policy: SessionPolicy) throws -> [String] {
        let value = try JSONValue(parsing: policy.text)
        let statement = try #require(value["Statement"]?[0])
        #expect(value["Version"] == "2012-10-17" && statement["Effect"] == "Allow")
        #expect(statement["Action"] == "lambda:InvokeFunction")
        return statement["Resource"]?.arrayValue?.compactMap { $0.stringValue } ?? []
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let function: String
        var region: String?
        var qualifier: String?
        var role = SessionPolicyTests.role
        let resource: String
        var testDescription: String { "\(function) \(qualifier ?? "")" }
    }

    @Test(arguments: [
        Row(
            function: "shop",
            region: "eu-west-1",
            resource: "arn:aws:lambda:eu-west-1:123456789012:function:shop"
        ),
        Row(function: "shop", resource: "arn:aws:lambda:*:123456789012:function:shop"),
        Row(
            function: "shop",
            region: "eu-west-1",
            qualifier: "live",
            resource: "arn:aws:lambda:eu-west-1:123456789012:function:shop:live"
        ),
        Row(
            function: "shop:7",
            region: "eu-west-1",
            qualifier: "7",
            resource: "arn:aws:lambda:eu-west-1:123456789012:function:shop:7"
        ),
        Row(
            function: "999999999999:function:shop",
            region: "eu-west-1",
            resource: "arn:aws:lambda:eu-west-1:999999999999:function:shop"
        ),
        Row(
            function: "arn:aws-cn:lambda:cn-north-1:999999999999:function:shop:$LATEST",
            region: "eu-west-1",
            resource: "arn:aws-cn:lambda:cn-north-1:999999999999:function:shop:$LATEST"
        ),
        Row(
            function: "shop",
            region: "us-gov-west-1",
            role: "arn:aws-us-gov:iam::123456789012:role/acme",
            resource: "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:shop"
        ),
    ])
    func `the policy names a function exactly as it is invoked`(_ row: Row) throws {
        let function = SessionPolicy.Function(
            try FunctionName(row.function),
            region: row.region,
            qualifier: row.qualifier
        )
        #expect(try resources(SessionPolicy(allowing: [function], role: row.role)) == [row.resource])
    }

    private func functions(_ count: Int, letters: Int = 20) throws -> [SessionPolicy.Function] {
        try (0..<count).map { index in
            let number = String(1_000 + index)
            let name = try FunctionName(String(repeating: "f", count: letters) + number)
            return SessionPolicy.Function(name, region: "eu-west-1", qualifier: nil)
        }
    }

    @Test func `the order of functions doesn't matter, and each is named once`() throws {
        let some = try functions(5)
        let policy = SessionPolicy(allowing: some, role: Self.role)
        #expect(policy == SessionPolicy(allowing: some.reversed() + some, role: Self.role))
        #expect(try resources(policy).count == 5)
    }

    @Test func `2,048 characters are sent and one more is not`() throws {
        // Each resource has 52 + 4 characters, including quotes and a comma, and the letters of its name.
        var counts: Set<Int> = []
        for extra in 0..<120 {
            let more = try FunctionName(String(repeating: "g", count: 1 + extra % 60))
            let all =
                try functions(extra < 60 ? 24 : 25) + [
                    SessionPolicy.Function(more, region: "eu-west-1", qualifier: nil)
                ]
            let policy = SessionPolicy(allowing: all, role: Self.role)
            #expect(policy.count == policy.text.utf8.count)
            #expect(policy.isSendable == (policy.count <= 2_048))
            var request = RoleRequest(roleARN: Self.role)
            request.policy = policy.text
            var isRefused = false
            do throws(RoleRequestError) { try request.check() } catch { isRefused = true }
            #expect(isRefused == (policy.count > 2_048))
            counts.insert(policy.count)
        }
        #expect(counts.contains(2_048) && counts.contains(2_049), "\(counts.sorted())")
    }

    @Test func `without functions nothing is allowed`() throws {
        let policy = try JSONValue(parsing: SessionPolicy(allowing: [], role: Self.role).text)
        #expect(policy["Statement"]?[0]?["Effect"] == "Deny" && policy["Statement"]?[0]?["Action"] == "*")
    }

    @Test func `a policy that is too long is written only in part`() throws {
        let policy = SessionPolicy(allowing: try functions(5_000), role: Self.role)
        #expect(!policy.isSendable && policy.count < 2 * RoleRequest.policyCharactersMax)
        // One function that is repeated in the list doesn't make the policy long.
        let one = try functions(1)[0]
        let often = SessionPolicy(allowing: Array(repeating: one, count: 5_000), role: Self.role)
        #expect(try resources(often).count == 1)
    }
}
