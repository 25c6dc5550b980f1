import AWS
import Calendar
import EventLoop
import HTTPClient
import SigV4
import Testing

struct FunctionPreparationTests {
    @Test func `a target becomes a function with its region and endpoint`() throws {
        let preparation = FunctionPreparation(settings: try settings(["AWS_REGION": "eu-west-1"]))
        let plain = try preparation.prepare(function: "f")
        let other = try preparation.prepare(function: "g", qualifier: "live")
        let arn = try preparation.prepare(function: "arn:aws:lambda:us-east-1:123456789012:function:f")
        let local = try preparation.prepare(
            function: "f",
            region: "us-east-2",
            endpoint: "http://127.0.0.1:9001"
        )
        #expect(plain.endpoint.description == "https://lambda.eu-west-1.amazonaws.com")
        #expect(plain.endpoint === other.endpoint)
        #expect(arn.region.name == "us-east-1")
        #expect(arn.endpoint.description == "https://lambda.us-east-1.amazonaws.com")
        #expect(local.region.name == "us-east-2")
        #expect(local.endpoint.description == "http://127.0.0.1:9001")
    }

    @Test func `the error names the faulty setting`() throws {
        let preparation = FunctionPreparation(settings: try settings())
        func message(_ body: () throws -> PreparedFunction) -> String {
            do {
                _ = try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { try preparation.prepare(function: "a b") }.hasPrefix("'a b' is not a function: "))
        #expect(message { try preparation.prepare(function: "f") }.hasPrefix("no AWS region: "))
        #expect(
            message { try preparation.prepare(function: "f:a", qualifier: "b", region: "r-1") }.contains(
                "'b'"
            )
        )
        let url = message { try preparation.prepare(function: "f", region: "r-1", endpoint: "x") }
        #expect(url.hasPrefix("the target's endpoint is 'x'"))
    }

    @Test func `the wall clock is past 2026 and doesn't go back`() {
        #expect(WallClock.now().stamp >= "20260101T000000Z")
        #expect(WallClock.now() <= WallClock.now())
    }
}
