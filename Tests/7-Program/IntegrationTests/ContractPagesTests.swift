import Foundation
import TestSupport
import Testing

struct ContractPagesTests {
    @Test func `the messages in docs/contracts.md are those that go over the wire`() async throws {
        let script = "\(Programs.root)/Tests/Python/check_contracts.py"
        let output = try await run([try Programs.python, script, "--gateway", try Programs.gateway])
        #expect(output.status == 0, "\(output.out)\(output.err)")
    }
}
