import CLinux
import EventLoop
import Glibc
import Sockets

/// From a host's name to a connected socket.
extension ClientConnection {
    func resolve() -> ClientMachine.Action {
        let (resolver, host, loop) = (pool.client.resolver, pool.endpoint.host, loop)
        let port = UInt16(clamping: pool.endpoint.port)
        if let addresses = resolver.cached(host, port: port) {
            self.addresses = addresses
            return machine.resolved()
        }
        let (deadline, now) = (machine.call.deadline, loop.now)
        let limit = Duration.nanoseconds(Int64(clamping: deadline > now ? deadline - now : 0))
        let connection = LoopBound(self, on: loop)
        resolution = Task.immediate(executorPreference: loop) {
            let outcome = await resolver.resolve(host: host, port: port, on: loop, within: limit)
            connection.value.resolved(outcome)
        }
        return .none
    }

    private func resolved(_ outcome: Resolver.Outcome) {
        resolution = nil
        switch outcome {
        case .success(let found):
            addresses = found
            perform(machine.resolved())
        case .failure(let error):
            lastReason = error.description
            perform(machine.resolveFailed(isLate: error.kind == .timedOut))
        }
    }

    func connect() -> ClientMachine.Action {
        dropSocket()
        guard !addresses.isEmpty else { return machine.addressesRanOut() }
        let address = addresses.removeFirst()
        let descriptor = address.withSockaddr { linux_connect($0, $1) }
        connectingTo = address
        guard descriptor >= 0 else { return attemptFailed(errorText(-descriptor)) }
        return watch(descriptor)
    }

    /// - Parameter errno: 0 when the kernel reported a failure without a reason.
    func refused(_ errno: CInt) -> ClientMachine.Action {
        attemptFailed(errorText(errno == 0 ? ECONNREFUSED : errno))
    }

    func attemptFailed(_ reason: String) -> ClientMachine.Action {
        if let connectingTo {
            pool.client.resolver.connectFailed(to: connectingTo, host: pool.endpoint.host)
        }
        lastReason = reason
        return machine.attemptFailed()
    }

    private func watch(_ descriptor: CInt) -> ClientMachine.Action {
        let endpoint = pool.endpoint.description
        let socket: StreamSocket
        do throws(HTTPClientError) {
            socket = try makeSocket(descriptor)
        } catch {
            Glibc.close(descriptor)
            fail(error)
            return .none
        }
        do throws(LoopError) {
            try take(socket)
        } catch {
            fail(.connect(endpoint: endpoint, reason: error.description))
            return .none
        }
        return machine.attemptBegan(at: loop.now)
    }

    private func makeSocket(_ descriptor: CInt) throws(HTTPClientError) -> StreamSocket {
        guard machine.isTLS else { return StreamSocket(fd: descriptor) }
        let endpoint = pool.endpoint
        guard let context = pool.client.tls else {
            throw .tls(endpoint: endpoint.description, reason: "TLS is not configured")
        }
        let role = TLSSession.Role.client(host: endpoint.certificateName ?? endpoint.host)
        do throws(TLSError) {
            return try StreamSocket(fd: descriptor, context: context, role: role)
        } catch {
            throw .tls(endpoint: endpoint.description, reason: "\(error)")
        }
    }
}
