import Telemetry
import TOML

extension GatewayConfig {
    /// Reads `[prices]`: AWS's prices for the work of functions. The home region is `aws.region`.
    mutating func readPrices(_ reader: inout SettingsReader) {
        reader.read("prices", "x86_64_gb_second", into: &prices.others.x86PicoUSD, as: .dollarsPerGBSecond)
        reader.read("prices", "arm64_gb_second", into: &prices.others.armPicoUSD, as: .dollarsPerGBSecond)
        reader.read(
            "prices",
            "million_requests",
            into: &prices.others.requestPicoUSD,
            as: .dollarsPerMillionRequests
        )
        let regions = reader.readOptional("prices", "regions", as: .regionPrices) ?? []
        for region in regions { prices.regions[region.name] = region.prices(prices.others) }
        prices.homeRegion = aws.region
    }
}

/// The prices of one region that differ from those of the other regions.
struct RegionPrices: Sendable, Equatable {
    let name: String
    var x86PicoUSD: UInt64?
    var armPicoUSD: UInt64?
    var requestPicoUSD: UInt64?

    func prices(_ others: PriceTable.Region) -> PriceTable.Region {
        PriceTable.Region(
            x86PicoUSD: x86PicoUSD ?? others.x86PicoUSD,
            armPicoUSD: armPicoUSD ?? others.armPicoUSD,
            requestPicoUSD: requestPicoUSD ?? others.requestPicoUSD
        )
    }
}

extension SettingForm where Value == UInt64 {
    /// US dollars per GB-second, stored as trillionths of a dollar. Zero is refused, because a budget would never be
    /// used up.
    static var dollarsPerGBSecond: Self {
        dollars(unit: 1e12, least: 1, most: CallPrice.gbSecondMax, wanted: "above 0 and up to 1 US dollar")
    }

    /// US dollars per million requests, stored as trillionths of a dollar per request.
    static var dollarsPerMillionRequests: Self {
        dollars(unit: 1e6, least: 0, most: CallPrice.requestMax, wanted: "0 to 1000 US dollars")
    }

    /// - Parameter unit: the stored amount that one dollar is.
    private static func dollars(unit: Double, least: UInt64, most: UInt64, wanted: String) -> Self {
        let read: @Sendable (Double, String) throws(Refusal) -> UInt64 = { dollars, shown throws(Refusal) in
            let amount = (dollars * unit).rounded()
            // All comparisons with NaN are false, so NaN is refused too.
            guard amount >= Double(least), amount <= Double(most) else {
                throw Refusal("must be \(wanted), not \(shown)")
            }
            return UInt64(amount)
        }
        return Self(
            fromFile: { value throws(Refusal) in
                switch value.content {
                case .float(let number): return try read(number, "\(number)")
                case .integer(let number): return try read(Double(number), "\(number)")
                default: throw Refusal("must be a number: \(wanted), not \(value.kindInWords)")
                }
            },
            fromText: { text throws(Refusal) in
                guard let number = Double(text) else { throw Refusal("must be a number: \(wanted)") }
                return try read(number, brief(text))
            },
            show: { decimal($0, zeros: unit == 1e12 ? 12 : 6) }
        )
    }

    /// The amount in dollars as a decimal: `16666700` with 12 decimal places → `0.0000166667`.
    private static func decimal(_ amount: UInt64, zeros: Int) -> String {
        let digits = String(repeating: "0", count: max(0, zeros + 1 - String(amount).count)) + String(amount)
        var rest = digits.suffix(zeros)
        while rest.count > 1, rest.last == "0" { rest.removeLast() }
        return "\(digits.dropLast(zeros)).\(rest)"
    }
}

extension SettingForm where Value == [RegionPrices] {
    /// An array of tables with `region` and prices. Can't be set from the environment.
    static var regionPrices: Self {
        Self(
            fromFile: { value throws(Refusal) in
                guard case .array(let elements) = value.content else {
                    throw Refusal("must be an array of tables, not \(value.kindInWords)")
                }
                var all: [RegionPrices] = []
                for (index, element) in elements.enumerated() {
                    let place = "entry \(index + 1)"
                    guard case .table(let table) = element.content else {
                        throw Refusal("\(place) must be a table, not \(element.kindInWords)")
                    }
                    let region = try region(table, place)
                    guard !all.contains(where: { $0.name == region.name }) else {
                        throw Refusal("holds \(brief(region.name)) twice")
                    }
                    all.append(region)
                }
                return all
            },
            fromText: { _ throws(Refusal) in throw Refusal("can be set in the file alone") },
            show: { regions in
                let gb = SettingForm<UInt64>.dollarsPerGBSecond
                let texts = regions.map { region in
                    let members = [
                        ("region", tomlString(region.name)), (Self.x86, region.x86PicoUSD.map(gb.show)),
                        (Self.arm, region.armPicoUSD.map(gb.show)),
                        (
                            Self.requests,
                            region.requestPicoUSD.map(SettingForm<UInt64>.dollarsPerMillionRequests.show)
                        ),
                    ].compactMap { name, value in value.map { "\(name) = \($0)" } }
                    return "{ \(members.joined(separator: ", ")) }"
                }
                return "[\(texts.joined(separator: ", "))]"
            }
        )
    }

    private static var x86: String { "x86_64_gb_second" }
    private static var arm: String { "arm64_gb_second" }
    private static var requests: String { "million_requests" }

    private static func region(_ table: TOMLTable, _ place: String) throws(Refusal) -> RegionPrices {
        let known = ["region", x86, arm, requests]
        var name: String?
        var prices: [String: UInt64] = [:]
        for member in table.members {
            guard known.contains(member.key) else {
                let hint = nearestName(to: member.key, in: known).map { "; did you mean \"\($0)\"?" }
                throw Refusal(
                    "\(place): unknown key \(brief(member.key))\(hint ?? "; there are \(known.joined(separator: ", "))")"
                )
            }
            do throws(Refusal) {
                switch member.key {
                case "region": name = try SettingForm<String>.string(checkRegion).fromFile(member.value)
                case requests:
                    prices[requests] = try SettingForm<UInt64>.dollarsPerMillionRequests.fromFile(
                        member.value
                    )
                default:
                    prices[member.key] = try SettingForm<UInt64>.dollarsPerGBSecond.fromFile(member.value)
                }
            } catch {
                throw Refusal("\(place), \(member.key), \(error.message)")
            }
        }
        guard let name else { throw Refusal("\(place) has no region") }
        guard !prices.isEmpty else { throw Refusal("\(place), \(brief(name)), has no price") }
        return RegionPrices(
            name: name,
            x86PicoUSD: prices[x86],
            armPicoUSD: prices[arm],
            requestPicoUSD: prices[requests]
        )
    }
}
