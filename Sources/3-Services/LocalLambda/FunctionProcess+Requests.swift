import Bytes
import EventLoop
import HTTP
import HTTPServer
import System

extension FunctionProcess {
    // MARK: Requests of the runtime

    /// `GET /runtime/invocation/next`. Waits until there is an event.
    /// - Returns: nil when no event will come.
    func next(_ exchange: Exchange) async -> Response? {
        switch life.asksForNext() {
        case .deliver: return event()
        case .park:
            unpark(nil)  // a runtime that asks again has abandoned its earlier request
            exchange.onDisconnect = { [weak self, weak exchange] in
                guard let self, let exchange, parked?.exchange === exchange else { return }
                life.gaveUp()
                unpark(nil)
            }
            loop.arm(timer, after: pool.settings.idleDuration)
            return await withCheckedContinuation { parked = (exchange, $0) }
        default: return RuntimeAPI.invalidState
        }
    }

    /// `POST /runtime/invocation/{id}/response` and `…/error`.
    func answer(_ id: String, body: ByteBuffer, isError: Bool) -> Response {
        switch life.answers(id) {
        case .finish:
            // Ends the process if it never asks for the next event.
            loop.arm(timer, after: pool.settings.idleDuration)
            if body.count > FunctionError.responseBytesMax {
                let error = FunctionError.responseTooLarge(bytesMax: FunctionError.responseBytesMax)
                let payload = error.payload(requestID: id)
                conclude(payload: payload, error: error, isFunctionError: true, peakMemoryKiB: nil)
                return RuntimeAPI.tooLarge
            }
            conclude(payload: body, error: nil, isFunctionError: isError, peakMemoryKiB: nil)
            return RuntimeAPI.accepted
        case .unknownID: return RuntimeAPI.invalidRequestID
        default: return RuntimeAPI.invalidState
        }
    }

    /// `POST /runtime/invocation/{id}/response` in the streaming mode: the body is the answer, as the function writes it.
    ///
    /// An invoker that reads a stream gets each piece before the next one is read; one that waits for the whole answer
    /// gets all of it at the end. When the invoker has gone, the rest is read and dropped, as on AWS.
    func answer(_ id: String, streaming body: RequestBody) async -> Response {
        switch life.beginsStream(id) {
        case .nothing: break
        case .unknownID: return RuntimeAPI.invalidRequestID
        default: return RuntimeAPI.invalidState
        }
        guard let invocation else { return RuntimeAPI.invalidState }
        let receiver = invocation.receiver
        receiver?.begin()
        let bytesMax = receiver == nil ? FunctionError.responseBytesMax : pool.settings.streamBytesMax
        var whole = ByteBuffer()
        var count = 0
        do throws(BodyBroken) {
            while let piece = try await body.next() {
                count += piece.count
                guard count <= bytesMax else {
                    apply(life.failed(id, .responseTooLarge(bytesMax: bytesMax)))
                    return RuntimeAPI.tooLarge
                }
                if let receiver {
                    await receiver.write(piece)
                } else {
                    whole.append(contentsOf: piece.bytes)
                }
                // It may have ended meanwhile, by its timeout for one.
                guard self.invocation === invocation else { return RuntimeAPI.invalidState }
            }
        } catch {
            brokeOff(id, error)
            return RuntimeAPI.invalidState
        }
        guard case .finish = life.endsStream(id) else { return RuntimeAPI.invalidState }
        loop.arm(timer, after: pool.settings.idleDuration)
        let error = StreamError(
            type: body.trailer("lambda-runtime-function-error-type"),
            body: body.trailer("lambda-runtime-function-error-body")
        )
        if let error {
            conclude(payload: error.payload, error: nil, isFunctionError: true, peakMemoryKiB: nil)
        } else {
            conclude(payload: whole, error: nil, isFunctionError: false, peakMemoryKiB: nil)
        }
        return RuntimeAPI.accepted
    }

    /// A streamed answer ends before its end. When the runtime's connection closes, its process has mostly ended too, and
    /// what it died of says more: it has a second to be seen.
    private func brokeOff(_ id: String, _ why: BodyBroken) {
        guard life.invocation == id else { return }
        if why == .closed {
            brokenAnswer = id
            loop.arm(timer, after: Self.exitDurationMax)
        } else {
            apply(life.failed(id, .truncated))
        }
    }

    private static let exitDurationMax = Duration.seconds(1)

    /// `POST /runtime/init/error`. The runtime is about to exit by itself, but processes that it started might not.
    func initError(body: ByteBuffer) -> Response {
        guard case .finish = life.reportsInitError() else { return RuntimeAPI.invalidState }
        conclude(payload: body, error: nil, isFunctionError: true, peakMemoryKiB: nil)
        loop.disarm(timer)
        loop.atEndOfTurn { [weak self] in self?.child?.kill() }  // after the answer was sent
        return RuntimeAPI.accepted
    }
}
