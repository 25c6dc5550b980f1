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
        let made = await Task(executorPreference: control) {
            Result { () throws(StartFailure) in try tokens.transport(on: control, proxies: maker.proxies) }
        }.value
        let client = try made.get()
        maker.transports.add(control) { client.close() }
        tokens.start(on: control, transport: client, log: context.log.module(.oauth))
    }

    func stop() async { await tokens.stop() }
}
