import Config
import Policy
import TOML
import Telemetry
import Testing

/// `[prices]`: AWS's prices for the work of functions.
struct PriceSettingsTests {
    static func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
        let root = try TOMLDocument(parsing: Array(text.utf8)).root
        return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment)
    }

    @Test func `the default prices are the public ones of us-east-1`() throws {
        let prices = try Self.load("").config.prices
        #expect(prices == PriceTable())
        #expect(prices.price(of: .x86, in: "us-east-1").gbSecondPicoUSD == 16_666_700)
        #expect(prices.price(of: .arm, in: nil).gbSecondPicoUSD == 13_333_400)
        #expect(prices.price(of: .arm, in: nil).requestPicoUSD == 200_000)
    }

    @Test func `prices are read exactly, and a region uses the general prices where it has no own`() throws {
        let loaded = try Self.load(
            """
            [aws]
            region = "af-south-1"
            [prices]
            arm64_gb_second = 0.00001
            regions = [
                { region = "af-south-1", x86_64_gb_second = 0.0000221 },
                { region = "eu-south-1", million_requests = 0.23 },
            ]
            """,
            ["MCP_GATEWAY_PRICES_MILLION_REQUESTS": "0.28"]
        )
        let prices = loaded.config.prices
        #expect(
            prices.price(of: .x86, in: nil) == CallPrice(gbSecondPicoUSD: 22_100_000, requestPicoUSD: 280_000)
        )
        #expect(prices.price(of: .arm, in: nil).gbSecondPicoUSD == 10_000_000)
        #expect(
            prices.price(of: .x86, in: "eu-south-1")
                == CallPrice(gbSecondPicoUSD: 16_666_700, requestPicoUSD: 230_000)
        )
        let shown = Dictionary(
            loaded.settings.filter { $0.section == "prices" }.map { ($0.key, $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        #expect(shown["x86_64_gb_second"] == "0.0000166667" && shown["million_requests"] == "0.28")
        #expect(shown["regions"]??.contains("x86_64_gb_second = 0.0000221") == true)
    }

    @Test(arguments: [
        (
            "x86_64_gb_second = -0.1",
            "prices.x86_64_gb_second: must be above 0 and up to 1 US dollar, not -0.1"
        ),
        ("x86_64_gb_second = nan", "prices.x86_64_gb_second: must be above 0 and up to 1 US dollar, not nan"),
        ("x86_64_gb_second = inf", "prices.x86_64_gb_second: must be above 0"),
        ("arm64_gb_second = 1e30", "prices.arm64_gb_second: must be above 0"),
        ("arm64_gb_second = 1e-13", "prices.arm64_gb_second: must be above 0"),
        ("arm64_gb_second = 0", "prices.arm64_gb_second: must be above 0"),
        ("million_requests = -1", "prices.million_requests: must be 0 to 1000 US dollars, not -1"),
        ("million_requests = 1001", "prices.million_requests: must be 0 to 1000"),
        ("million_requests = \"0.20\"", "prices.million_requests: must be a number"),
        ("riscv_gb_second = 1", "prices.riscv_gb_second: unknown key"),
        ("regions = 1", "prices.regions: must be an array of tables"),
        ("regions = [1]", "prices.regions: entry 1 must be a table"),
        ("regions = [{ x86_64_gb_second = 0.1 }]", "prices.regions: entry 1 has no region"),
        (
            "regions = [{ region = \"nowhere!\", million_requests = 1 }]",
            "prices.regions: entry 1, region, must be a region"
        ),
        ("regions = [{ region = \"eu-west-1\" }]", "prices.regions: entry 1, \"eu-west-1\", has no price"),
        ("regions = [{ region = \"eu-west-1\", arm = 1 }]", "prices.regions: entry 1: unknown key \"arm\""),
        (
            "regions = [{ region = \"eu-west-1\", arm64_gb_second = -inf }]",
            "prices.regions: entry 1, arm64_gb_second, must be above 0"
        ),
        (
            "regions = [{ region = \"eu-west-1\", million_requests = 1 }, { region = \"eu-west-1\", million_requests = 2 }]",
            "prices.regions: holds \"eu-west-1\" twice"
        ),
    ])
    func `an invalid price is refused with its place`(_ line: String, _ fault: String) throws {
        let faults = #expect(throws: ConfigFaults.self) { try Self.load("[prices]\n\(line)") }?.faults ?? []
        #expect(faults.map { "\($0)" }.contains { $0.hasPrefix("etc/gateway.toml:2: \(fault)") }, "\(faults)")
    }
}
