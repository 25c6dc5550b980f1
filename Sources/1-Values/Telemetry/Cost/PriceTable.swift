package import Policy

/// AWS's prices for functions, by region and architecture.
///
/// It has requests and the time that functions run, by their memory, and nothing else of the bill. Left out are the
/// free tier and lower prices for large amounts, savings plans, ephemeral storage over 512 MB, provisioned concurrency,
/// SnapStart, streamed answers and data transfer.
package struct PriceTable: Sendable, Hashable {
    /// The prices of one region.
    package struct Region: Sendable, Hashable {
        /// Trillionths of a US dollar for a GB-second.
        package var x86PicoUSD: UInt64
        package var armPicoUSD: UInt64
        /// Trillionths of a US dollar for a request.
        package var requestPicoUSD: UInt64

        package init(x86PicoUSD: UInt64, armPicoUSD: UInt64, requestPicoUSD: UInt64) {
            self.x86PicoUSD = x86PicoUSD
            self.armPicoUSD = armPicoUSD
            self.requestPicoUSD = requestPicoUSD
        }

        /// The public prices of us-east-1, first tier: $0.0000166667 and $0.0000133334 a GB-second, $0.20 a million requests.
        /// Source: https://aws.amazon.com/lambda/pricing/, as of November 2026
        package static let usEast1 = Region(
            x86PicoUSD: 16_666_700,
            armPicoUSD: 13_333_400,
            requestPicoUSD: 200_000
        )
    }

    /// The prices of every region that isn't in `regions`.
    package var others = Region.usEast1
    package var regions: [String: Region] = [:]
    /// The region of functions that name none.
    package var homeRegion: String?

    package init() {}

    /// The price of a function's calls.
    /// - Parameter region: `nil` for the home region.
    package func price(of architecture: Architecture, in region: String?) -> CallPrice {
        let prices = (region ?? homeRegion).flatMap { regions[$0] } ?? others
        return CallPrice(
            gbSecondPicoUSD: architecture == .arm ? prices.armPicoUSD : prices.x86PicoUSD,
            requestPicoUSD: prices.requestPicoUSD
        )
    }
}
