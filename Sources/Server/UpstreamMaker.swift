import AWS
import EventLoop
import HTTPClient
import Synchronization
import TLS

/// Makes each loop its own way to Lambda out of what the loops share.
struct UpstreamMaker: Sendable {
    let resolver: Resolver
    let tls: TLSContext
    let environment: [String: String]
    let credentials: any CredentialsProvider
    let preparation: FunctionPreparation
    /// For functions of this machine.
    let local: LocalAccess?
    let transports: TransportList

    /// On the loop.
    func make(on loop: EventLoop) -> LambdaUpstream {
        let direct = HTTPClient(loop: loop, resolver: resolver, tls: tls)
        let transport: any HTTPTransport
        if let routed = try? RoutedTransport(loop: loop, direct: direct, environment: environment) {
            transport = routed
            transports.add(loop) { routed.close() }
        } else {  // libcurl out of memory: what needs the proxy will fail and say so
            transport = direct
            transports.add(loop) { direct.close() }
        }
        let aws = LambdaClient(transport: transport, credentials: credentials, clock: WallClock.now)
        let local = local.map { access in
            (
                client: LambdaClient(transport: transport, credentials: access.credentials, clock: WallClock.now),
                functions: access.functions
            )
        }
        return LambdaUpstream(transport: transport, aws: aws, preparation: preparation, local: local)
    }
}

/// How functions of this machine are reached.
struct LocalAccess: Sendable {
    let functions: LocalFunctions
    let credentials: any CredentialsProvider
}

/// The connections to close before the loops end.
final class TransportList: Sendable {
    private let closings = Locked<[(loop: EventLoop, close: @Sendable () -> Void)]>([])

    func add(_ loop: EventLoop, _ close: @escaping @Sendable () -> Void) {
        closings.withLock { $0.append((loop, close)) }
    }

    func close() async {
        let all = closings.withLock { list in
            defer { list = [] }
            return list
        }
        for entry in all { await Task(executorPreference: entry.loop) { entry.close() }.value }
    }
}
