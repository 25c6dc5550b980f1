import Curl
import HTTP
import HTTPClient
import HTTPServer
import Synchronization
import TestSupport
import Testing

struct MayConnectTests {
    @Test(arguments: ["localhost", "127.0.0.1"])
    func `an address that isn't allowed is never connected to, whatever name leads there`(_ host: String)
        async throws
    {
        try await withServer(handler: { $0.respond(.text(200, "seen\n")) }) { port, _ in
            let asked = Mutex<Set<String>>([])
            var configuration = CurlClient.Configuration()
            configuration.mayConnect = { address in
                asked.withLock { _ = $0.insert(address.text) }
                return false
            }
            let request = try OutboundRequest(method: "GET", endpoint: local(port, host: host), path: "/")
            let outcome = try await sendOne(request, configuration)
            guard case .connect = outcome.error else {
                Issue.record("\(outcome)")
                return
            }
            #expect(asked.withLock { $0.isSubset(of: ["127.0.0.1", "::1"]) && !$0.isEmpty })
            configuration.mayConnect = { $0.text == "127.0.0.1" && $0.octets == [127, 0, 0, 1] }
            #expect(try await sendOne(request, configuration).response?.bodyText == "seen\n")
        }
    }
}
