import Config
import Gateway
import Testing

@testable import Server

/// What the loops get of the operator's settings.
struct GatewaySettingsTests {
    @Test(arguments: [(0, 60_000), (10, 10_000), (59, 59_000), (60, 60_000), (300, 60_000), (86_400, 60_000)])
    func `clients keep lists for a minute, or for the time between refreshes when that is shorter`(
        _ seconds: Int,
        _ listTTLMs: Int
    ) {
        var config = GatewayConfig()
        config.refresh.interval = .seconds(seconds)
        #expect(GatewayState.Settings(config).listTTLMs == listTTLMs)
    }
}
