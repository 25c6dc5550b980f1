import Config
import Testing

@testable import Server

/// Which changed settings a reload brings into force.
struct LiveSettingsTests {
    private static let name = "defaults.stream_message_bytes_max"

    @Test(arguments: [(8 << 20, true), (24 << 20, false), ((16 << 20) - (64 << 10), true), (16 << 20, false)])
    func `a larger message of streams waits for the restart that its room waits for`(
        _ bytes: Int,
        _ isLive: Bool
    ) {
        var running = GatewayConfig()
        running.server.bufferBytesMax = 32 << 20
        var new = running
        new.server.bufferBytesMax = 128 << 20
        new.defaults.streamMessageBytesMax = bytes
        #expect(LiveSettings.isLive(Self.name, new, over: running) == isLive)
        let laid = LiveSettings.laid(new, over: running).defaults.streamMessageBytesMax
        #expect(laid == (isLive ? bytes : running.defaults.streamMessageBytesMax))
        #expect(LiveSettings.laid(new, over: running).server.bufferBytesMax == 32 << 20)
    }
}
