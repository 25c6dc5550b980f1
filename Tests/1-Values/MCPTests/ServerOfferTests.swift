import Bytes
import JSON
import Testing

@testable import MCP

/// The capabilities that a server offers, as clients read them.
struct ServerOfferTests {
    @Test(arguments: [true, false], [true, false])
    func `whatever is offered is valid JSON, and promises no change where none can be told`(
        _ tellsChanges: Bool,
        _ watches: Bool
    ) throws {
        for lists in [ListChanges.tools, [.tools, .prompts, .resources]] {
            let offer = ServerOffer(
                lists,
                tellsChanges: tellsChanges,
                watchesResources: watches,
                relaysLogs: watches
            )
            var out = ByteBuffer()
            offer.appendCapabilities(to: &out)
            let capabilities = try JSONValue(parsing: out.text)
            #expect(capabilities["tools"]?["listChanged"] == (tellsChanges ? true : nil))
            let resources = capabilities["resources"]
            #expect((resources != nil) == lists.contains(.resources))
            if let resources {
                #expect(resources["subscribe"] == (tellsChanges && watches ? true : nil))
                #expect(resources["listChanged"] == (tellsChanges ? true : nil))
            }
        }
    }
}
