/// Random numbers, and answers changed by them: the same ones for the same seed, so that a failure comes again.
struct Mutations {
    private var state: UInt64
    private let alphabet: [UInt8]

    /// - Parameter alphabet: the bytes that are put in.
    init(seed: UInt64, alphabet: [UInt8]) {
        state = seed
        self.alphabet = alphabet
    }

    /// A number from 0 up to but without `bound`. A linear congruential generator with the constants of PCG.
    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    /// The text with up to four bytes changed, added, taken out, cut off after, or repeated; never empty.
    mutating func mutated(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<below(5) {
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes[place] = alphabet[below(alphabet.count)]
            case 1: bytes.insert(alphabet[below(alphabet.count)], at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + below(12)))
            case 3: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(60))], at: place)
            }
            if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
        }
        return bytes
    }
}
