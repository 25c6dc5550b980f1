import AWS
import Testing

struct FunctionNameTests {
    struct Row: Sendable {
        let text: String
        var name = "f"
        var account: String?
        var region: String?
        var qualifier: String?
        let path: String
    }

    @Test(arguments: [
        Row(text: "f", path: "f"),
        Row(text: "f:live", qualifier: "live", path: "f%3Alive"),
        Row(text: "f:$LATEST", qualifier: "$LATEST", path: "f%3A%24LATEST"),
        Row(text: "My_f-1:12", name: "My_f-1", qualifier: "12", path: "My_f-1%3A12"),
        Row(text: "123456789012:function:f", account: "123456789012", path: "123456789012%3Afunction%3Af"),
        Row(
            text: "123456789012:function:f:live",
            account: "123456789012",
            qualifier: "live",
            path: "123456789012%3Afunction%3Af%3Alive"
        ),
        Row(
            text: "arn:aws:lambda:us-east-1:123456789012:function:f",
            account: "123456789012",
            region: "us-east-1",
            path: "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"
        ),
        Row(
            text: "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:7",
            account: "123456789012",
            region: "us-gov-west-1",
            qualifier: "7",
            path: "arn%3Aaws-us-gov%3Alambda%3Aus-gov-west-1%3A123456789012%3Afunction%3Af%3A7"
        ),
    ])
    func `every form of a function's name is read`(_ row: Row) throws {
        let function = try FunctionName(row.text)
        #expect(function.name == row.name)
        #expect(function.account == row.account)
        #expect(function.region == row.region)
        #expect(function.qualifier == row.qualifier)
        #expect(function.invocationPath == "/2015-03-31/functions/\(row.path)/invocations")
    }

    @Test(arguments: [
        "", String(repeating: "f", count: 257), String(repeating: "f", count: 65), "f g", "f/../g", "f:",
        ":f", "f:a:b",
        "f:l ve", "fé", "f\n", "arn:aws:s3:::bucket", "arn:aws:lambda:us-east-1:123456789012:layer:f",
        "arn:aws:lambda:us-east-1:12345:function:f", "arn:gcp:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:u.s:123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:",
        "arn:aws:lambda:us-east-1:123456789012:function:f:1:2", "12345:function:f", "f:$OLDEST", "f%20",
    ])
    func `a text that isn't a function's name is refused`(_ text: String) {
        let error = #expect(throws: FunctionNameError.self) { try FunctionName(text) }
        #expect(error?.description.contains("is not a function: ") == true)
    }

    @Test func `a qualifier must be valid, and equal to the one in the name`() throws {
        let settings = try settings(["AWS_REGION": "us-east-1"])
        let region = try settings.region()
        let endpoint = try settings.endpoint(of: .lambda, region: region)
        func prepare(_ name: String, _ qualifier: String?) throws -> PreparedFunction {
            try PreparedFunction(
                try FunctionName(name),
                qualifier: qualifier,
                region: region,
                endpoint: endpoint
            )
        }
        #expect(throws: Never.self) { try prepare("f", "live") }
        #expect(throws: Never.self) { try prepare("f:live", "live") }
        #expect(throws: FunctionNameError.self) { try prepare("f:live", "dev") }
        #expect(throws: FunctionNameError.self) { try prepare("f", "l ve") }
        #expect(throws: FunctionNameError.self) { try prepare("f", "") }
    }

    @Test func `no mutated name crashes the parser or gives an invalid path`() {
        var random = SplitMix(seed: 7)
        let original = Array("arn:aws:lambda:us-east-1:123456789012:function:f:live".utf8)
        for _ in 0..<20_000 {
            let text = String(
                decoding: random.mutated(original, adding: Array(":/$%_-0a".utf8)),
                as: UTF8.self
            )
            guard let function = try? FunctionName(text) else { continue }
            #expect(function.invocationPath.utf8.allSatisfy { 0x21...0x7e ~= $0 })
        }
    }
}
