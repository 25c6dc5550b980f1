@testable import AWS
import Foundation
import HTTPClient
import TestSupport
import Testing

struct ContainerEndpointTests {
    /// The test suite of AWS's SDK for Rust.
    struct Suite: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Outcome: Decodable, Sendable {
                let Ok: String?
                let ErrorContains: String?
            }
            let docs: String
            let env: [String: String]
            let result: Outcome

            var testDescription: String { docs }
        }
        let tests: [Case]
    }

    static let cases = SharedVectors.decoded(Suite.self, from: "aws-profiles/ecs-tests.json")?.tests ?? []

    @Test func `the suite, if present, is complete`() {
        #expect(Self.cases.isEmpty || Self.cases.count == 11)
    }

    @Test(arguments: cases)
    func `the endpoint is the one that AWS's SDK for Rust uses`(_ row: Suite.Case) {
        do throws(ContainerEndpointError) {
            let found = try ContainerEndpoint(AWSEnvironment(row.env))
            #expect(found?.url == row.result.Ok)
            if found == nil {
                #expect(row.result.ErrorContains?.hasPrefix("No environment variables were set") == true)
            }
        } catch {
            #expect(row.result.ErrorContains.map { error.reason.contains($0) } == true, "\(error.reason)")
        }
    }

    @Test(arguments: [
        "http://169.254.169.254/x", "http://example.com/x", "http://10.0.0.1/x",
        "http://169.254.170.2@evil/x",
        "http://169.254.170.2.evil.com/", "http://localhost.evil.com/", "http://[::2]/x",
        "http://127.0.0.1.nip.io/",
        "ftp://localhost/x", "http://", "https:///x", "http://localhost:0/x", "http://local host/x",
        "http://localhost/x\r\nX: y", "http://0.0.0.0/x", "http://[::ffff:10.0.0.1]/x", "//localhost/x",
    ])
    func `other hosts are refused without TLS`(_ url: String) {
        let environment = AWSEnvironment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(throws: ContainerEndpointError.self) { _ = try ContainerEndpoint(environment) }
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/x?y=1", "http://127.8.8.8/", "http://[::1]:9/x", "http://localhost",
    ])
    func `loopback hosts are allowed without TLS`(_ url: String) throws {
        let environment = AWSEnvironment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(try ContainerEndpoint(environment) != nil)
    }

    /// A local name may resolve to another machine, so the address is checked too.
    @Test(arguments: [("127.0.0.1", true), ("::1", true), ("169.254.170.23", true), ("fd00:ec2::23", true)])
    func `without TLS only certain addresses may be connected to`(_ address: String, _ isAllowed: Bool) throws
    {
        #expect(
            ContainerEndpoint.mayConnect(try #require(SocketAddress(literal: address, port: 80))) == isAllowed
        )
        for other in ["169.254.169.254", "10.1.1.1", "93.184.216.34", "fd00:ec2::254", "::ffff:10.0.0.1"] {
            #expect(!ContainerEndpoint.mayConnect(try #require(SocketAddress(literal: other, port: 80))))
        }
    }
}
