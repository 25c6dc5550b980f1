import Control
import Curl
import EventLoop
import HTTPClient
import Sockets
import Synchronization

/// Makes one Lambda client for each loop from what the loops share: the resolver, the TLS context and the credentials.
struct UpstreamMaker: Sendable {
    let resolver: Resolver
    let tls: TLSContext
    let proxies: ProxySettings
    /// The only authorities to trust behind a proxy, as a PEM file; nil for the system's.
    let proxiedCAFile: String?
    let access: AWSAccess
    /// The roles that calls are made with, on all loops.
    let roles: CallRoles?
    /// The route to functions of this machine.
    let local: LocalRoute?
    let transports: TransportList

    /// - Throws: why the system's certificate authorities cannot be loaded, or which proxy variable can't be used.
    init(
        access: AWSAccess,
        environment: [String: String],
        local: LocalRoute?,
        transports: TransportList
    ) throws(StartFailure) {
        do throws(TLSError) {
            tls = try .client()
        } catch {
            throw StartFailure("the system's certificate authorities cannot be loaded: \(error.message)")
        }
        resolver = Resolver()
        do throws(ProxyVariableError) {
            proxies = try ProxySettings(environment: environment)
        } catch {
            throw StartFailure("\(error)")
        }
        proxiedCAFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        self.access = access
        roles = CallRoles(access, local: local)
        self.local = local
        self.transports = transports
    }

    /// The connections of one loop; called on it.
    func transport(on loop: EventLoop) -> any HTTPTransport {
        let made = try? OutboundTransport(
            loop: loop,
            proxies: proxies,
            resolver: resolver,
            tls: tls,
            proxiedCAFile: proxiedCAFile
        )
        if let transport = made {
            let held = LoopBound(transport, on: loop)
            transports.add(loop) { held.value.close() }
            return transport
        }
        // libcurl is out of memory: requests that need the proxy will fail and say so.
        let direct = HTTPClient(loop: loop, resolver: resolver, tls: tls)
        let held = LoopBound(direct, on: loop)
        transports.add(loop) { held.value.close() }
        return direct
    }

    /// The Lambda client of one loop; called on it.
    func upstream(on loop: EventLoop) -> LambdaUpstream {
        LambdaUpstream(transport: transport(on: loop), access: access, roles: roles, local: local, loop: loop)
    }
}

/// The connections that have to be closed before the loops end.
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
