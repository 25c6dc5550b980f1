import Bytes
import EventLoop
import HTTP
import Sockets

/// From the socket to the handler.
extension Connection {
    /// A place in the budget's queue.
    struct RoomWait {
        let ticket: BufferLedger.Ticket
        let bytes: Int
        let payer: BufferPayer
    }

    func read() -> ServerMachine.Action {
        switch machine.withRoom({ socket.read(into: $0) }) {
        case .moved(let count): machine.received(count)
        case .wouldBlock: machine.drained()
        case .ended: machine.ended()
        case .failed: machine.broke()
        }
    }

    @inline(__always)
    func serve(restBytes: Int) -> ServerMachine.Action {
        let claim = machine.takeClaim()
        let room = restBytes == 0 ? nil : claimAtOnce(restBytes, for: machine.peerPayer)
        let request = machine.takeRequest(peer: peer, restRoom: room)
        let exchange = Exchange(request: request, claim: claim, connection: self)
        current = exchange
        listener.handler.serve(exchange)
        return machine.handlerReturned()
    }

    /// Asks the handler about a head.
    func screen() -> ServerMachine.Action {
        let verdict = listener.handler.screen(machine.headAlone(peer: peer))
        guard case .wait(let judge) = verdict else { return judged(verdict) }
        let head = machine.copyOfHead(peer: peer)
        machine.judgeIsAsked()
        let held = LoopBound(self, on: loop)
        Task.immediate(executorPreference: loop) {
            let verdict = await judge(head)
            let connection = held.value
            guard connection.machine.phase == .screening else { return }
            connection.perform(connection.judged(verdict))
        }
        return machine.handlerReturned()
    }

    private func judged(_ verdict: HeadVerdict) -> ServerMachine.Action {
        switch verdict {
        case .proceed(let most, let payer): return machine.proceed(bodyBytesMax: most, payer: payer)
        case .respond(let response):
            answerAlone(response, isHead: machine.isHeadRequest)
            return .none
        case .wait: return .refuse(status: 500)  // a judge judges
        }
    }

    // MARK: Room

    func claim(_ bytes: Int) -> ServerMachine.Action {
        let payer = machine.claimant
        switch listener.budget.takeOrWait(bytes, for: payer, self) {
        case .taken: return machine.roomTaken(BufferClaim(listener.budget, payer, holding: bytes))
        case .waits(let ticket):
            wait = RoomWait(ticket: ticket, bytes: bytes, payer: payer)
            return machine.roomIsAwaited()
        case .neverFits: return machine.roomNeverComes()
        }
    }

    @inline(never)  // few requests bring so much of the next ones
    private func claimAtOnce(_ bytes: Int, for payer: BufferPayer) -> BufferClaim? {
        guard listener.budget.take(bytes, for: payer) else { return nil }
        return BufferClaim(listener.budget, payer, holding: bytes)
    }

    /// The budget's call: what was waited for is there.
    func roomCame(_ ticket: BufferLedger.Ticket) {
        guard let came = wait, came.ticket == ticket else { return }
        wait = nil
        perform(machine.roomCame(BufferClaim(listener.budget, came.payer, holding: came.bytes)))
    }

    /// Gives up a wait for room.
    func leaveQueue() {
        guard let left = exchange(&wait, with: nil) else { return }
        listener.budget.leave(left.ticket, left.bytes, of: left.payer)
    }

    // MARK: The end of a request

    /// The answer is on its way: the request's buffer comes back.
    func complete() -> ServerMachine.Action {
        if let answered = current {
            listener.buffers.give(answered.takeBuffer())
            answered.forgetClient()
        }
        current = nil
        stream = nil
        return machine.answered()
    }
}
