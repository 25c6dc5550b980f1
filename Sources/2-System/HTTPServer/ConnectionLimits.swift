import Calendar
import EventLoop

/// The bounds of a connection in the form its path needs: durations in nanoseconds, converted once per listener.
struct ConnectionLimits {
    let headBytesMax: Int
    let bodyBytesMax: Int
    let lingerBytesMax: Int
    /// nil when bodies in chunks are collected.
    let trailerBytesMax: Int?
    let headNs: UInt64
    let bodyNs: UInt64
    let idleNs: UInt64
    let writeNs: UInt64
    let lingerNs: UInt64

    init(_ configuration: ServerConfiguration) {
        headBytesMax = configuration.headBytesMax
        bodyBytesMax = configuration.bodyBytesMax
        lingerBytesMax = configuration.lingerBytesMax
        trailerBytesMax = configuration.givesChunksInPieces ? configuration.trailerBytesMax : nil
        headNs = configuration.headTimeout.nanoseconds
        bodyNs = configuration.bodyTimeout.nanoseconds
        idleNs = configuration.idleTimeout.nanoseconds
        writeNs = configuration.writeTimeout.nanoseconds
        lingerNs = configuration.lingerTimeout.nanoseconds
    }
}
