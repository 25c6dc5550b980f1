import Bytes
import Policy

/// A repeatable stream of numbers, so that a failing random test fails again. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A digest that differs for each number.
func digest(_ number: Int) -> Digest {
    let bytes = (0..<32).map {
        UInt8(truncatingIfNeeded: (number &* 0x9E37_79B1) >> ($0 % 4 * 8)) ^ UInt8($0)
    }
    return Digest(bytes) ?? zeroDigest
}

private let zeroDigest: Digest = {
    guard let digest = Digest([UInt8](repeating: 0, count: 32)) else { preconditionFailure("32 bytes") }
    return digest
}()

func tool(_ exposedName: String, target: Int, state: ToolEntry.State = .active) -> ToolEntry {
    ToolEntry(
        exposedName: exposedName,
        name: exposedName.split(separator: "___").last.map { String($0) } ?? exposedName,
        target: target,
        definition: Array("{}".utf8),
        sha256: digest(exposedName.utf8.reduce(7) { $0 &* 31 &+ Int($1) }),
        state: state
    )
}

extension Snapshot {
    func tool(named name: String) -> Int? { tool(named: Array(name.utf8).span) }
}
