import Bytes
import HTTP
import Sockets

/// A body that its handler reads piece by piece.
extension Connection {
    func serveHead() -> ServerMachine.Action {
        let exchange = Exchange(request: machine.takeHead(peer: peer), claim: nil, connection: self)
        current = exchange
        body = RequestBody(connection: self)
        listener.handler.serve(exchange)
        return machine.handlerReturned()
    }

    func readPiece() -> ServerMachine.Action {
        switch machine.withRoom({ socket.read(into: $0) }) {
        case .moved(let count): machine.pieceReceived(count)
        case .wouldBlock: machine.drained()
        case .ended: machine.ended()
        case .failed: machine.broke()
        }
    }

    func givePiece() -> ServerMachine.Action {
        let (piece, isLast) = machine.takePiece()
        if isLast {
            body?.end(piece, trailers: machine.decoder.trailers)
            body = nil
        } else {
            body?.receive(piece)
        }
        return machine.pieceTaken()
    }

    func body(of exchange: Exchange) -> RequestBody? { current === exchange ? body : nil }

    /// The handler asks for a piece. One that is at hand is given at once.
    func wantPiece() { perform(machine.pieceWanted()) }

    /// Nobody gets more of the body.
    func dropBody(_ why: BodyBroken) { exchange(&body, with: nil)?.fail(why) }
}
