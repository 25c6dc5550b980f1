import Telemetry
import Gateway
import Curl
import EventLoop

/// Fetches the keys that access tokens are verified with. Nothing waits for them.
final class TokenKeyService: Service {
    let name = "token-keys"
    private let context: GatewayContext
    private let tokens: TokenService
    private let upstreams: UpstreamService

    init(_ context: GatewayContext, _ tokens: TokenService, _ upstreams: UpstreamService) {
        self.context = context
        self.tokens = tokens
        self.upstreams = upstreams
    }

    func start() async throws(StartFailure) {
        let (tokens, control, maker) = (tokens, context.control, upstreams.maker)
        let client = try await LoopBound.make(on: control) { () throws(StartFailure) in
            try tokens.transport(on: control, proxies: maker.proxies)
        }
        maker.transports.add(control) { client.value.close() }
        await tokens.start(over: client, log: context.log.module(.oauth))
    }

    func stop() async { await tokens.stop() }
}
