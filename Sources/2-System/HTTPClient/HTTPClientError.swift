/// Why no response came. The texts are for an operator and hold no secret.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The host's name has no address, or the resolver failed; the reason names the host.
    case resolve(host: String, reason: String)
    /// No address accepted a connection; the reason is the last one's.
    case connect(endpoint: String, reason: String)
    /// The TLS handshake failed, e.g. because the certificate is not the host's.
    case tls(endpoint: String, reason: String)
    case timedOut(Phase)
    /// The connection ended before the response did.
    /// - Parameter nothingProcessed: no byte of the request can have been acted upon, so sending it again is safe.
    case closedEarly(nothingProcessed: Bool)
    /// The response is not HTTP/1.1.
    case malformed(reason: String)
    /// The response is larger than the request allowed.
    case tooLarge(bytesMax: Int)
    case cancelled
    /// Too many requests already wait for a connection to this endpoint.
    case overloaded
    /// The request was not sent, as a part of it holds what would split its head; the reason names the part alone.
    case unsendable(reason: String)

    package enum Phase: String, Sendable { case queueing, connecting, responding }

    package var description: String {
        switch self {
        case .resolve(_, let reason): reason
        case .connect(let endpoint, let reason): "cannot connect to \(endpoint): \(reason)"
        case .tls(let endpoint, let reason): "no secure connection to \(endpoint): \(reason)"
        case .timedOut(let phase): "timed out while \(phase.rawValue)"
        case .closedEarly: "the server closed the connection before it answered"
        case .malformed(let reason): "the answer is not valid HTTP: \(reason)"
        case .tooLarge(let bytesMax): "the answer is larger than \(bytesMax) bytes"
        case .cancelled: "cancelled"
        case .overloaded: "too many requests wait for a connection"
        case .unsendable(let reason): "the request was not sent: \(reason)"
        }
    }
}
