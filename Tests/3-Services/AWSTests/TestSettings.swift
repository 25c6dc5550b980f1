@testable import AWS
import Foundation

extension AWSSettings {
    /// The key pair in the settings themselves, or why there is none without asking a source.
    func credentials() throws(CredentialsError) -> Credentials {
        try (plan().settled?.outcome ?? .failure(.pending)).get()
    }
}

/// Settings from the texts of the shared files.
func settings(
    _ environment: [String: String] = [:],
    config: String = "",
    credentials: String = "",
    profile: String? = nil
) throws(ProfileError) -> AWSSettings {
    AWSSettings(
        environment: AWSEnvironment(environment),
        profile: profile,
        profiles: try Profiles(
            config: Profiles.File(path: "config", text: config),
            credentials: Profiles.File(path: "credentials", text: credentials)
        )
    )
}

/// A small generator of repeatable random numbers.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A copy of `bytes` with a few of them changed, removed or added.
    mutating func mutated(_ bytes: [UInt8], adding alphabet: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int(next() % 4) {
            let index = Int(next() % UInt64(bytes.count + 1))
            let byte =
                next().isMultiple(of: 5)
                ? UInt8(truncatingIfNeeded: next()) : alphabet[Int(next() % UInt64(alphabet.count))]
            switch next() % 3 {
            case 0 where index < bytes.count: bytes[index] = byte
            case 1 where index < bytes.count:
                bytes.removeSubrange(index..<min(bytes.count, index + 1 + Int(next() % 20)))
            default: bytes.insert(byte, at: index)
            }
        }
        return bytes
    }
}
