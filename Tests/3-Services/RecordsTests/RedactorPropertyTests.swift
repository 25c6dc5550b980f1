import JSON
import Policy
import Records
import Testing

/// Random documents with secrets in random places.
struct RedactorPropertyTests {
    /// Makes JSON in which every secret has the letter `Ω`, which no other text has; some also have well-known forms
    /// of secrets.
    private struct Maker {
        var random: SeededRandom
        let pointers: [String]

        /// A JSON string, some of whose characters are escaped.
        mutating func string(_ text: String) -> String {
            var out = "\""
            for scalar in text.unicodeScalars {
                if scalar == "\"" || scalar == "\\" {
                    out += "\\" + String(scalar)
                } else if Int.random(in: 0..<6, using: &random) == 0 || scalar.value < 0x20 {
                    for unit in String(scalar).utf16 {
                        let hex = String(unit, radix: 16)
                        out +=
                            "\\u" + String(repeating: "0", count: 4 - hex.count)
                            + (Bool.random(using: &random) ? hex.uppercased() : hex)
                    }
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
            return out + "\""
        }

        mutating func space() -> String { Int.random(in: 0..<5, using: &random) == 0 ? " \n" : "" }

        mutating func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }

        private static let forms = [
            "AKIAIOSFODNN7EXAMPLE", "ghp_ABCDEFghij0123456789", "xoxb-123456789-abc", "mgw_3k9x0v2a_01234567",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig", "Bearer abc", "https://u:pw@h/",
            "4111 1111 1111 1111",
            "-----BEGIN RSA PRIVATE KEY-----", "sk-abcdefghijklmnop0123", " password=", " Set-Cookie: ",
            "-api_key: ",
        ]

        /// A value that is secret as a whole: each text in it has the letter `Ω`.
        mutating func secret(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 1 : 4), using: &random) {
            case 0: return string("Ω" + pick(["", "x", "\"", "\\", "{\"a\":1}", "Ω Ω"]))
            case 1: return "[" + secret(depth + 1) + "," + secret(depth + 1) + "]"
            case 2: return "{" + string("Ω") + ":" + secret(depth + 1) + "}"
            default: return "{\"a\":" + secret(depth + 1) + "}"
            }
        }

        mutating func value(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 4 ? 4 : 9), using: &random) {
            case 0: return pick(["1", "-2.5e10", "true", "null", "0", "\"\""])
            case 1: return string(pick(["a", "plain text", "ü 😀", "\u{1}\n", "[not json", "{", "…"]))
            case 2:
                // Somewhere in the text is a part that has a secret's form.
                let (before, after) = (pick(["", "x", "a b ", "é"]), pick(["", " Ω", "Ω", " and Ω"]))
                return string(before + pick(Self.forms) + "Ω" + after)
            case 3: return string(value(depth + 2))
            case 4, 5:
                let count = Int.random(in: 0...4, using: &random)
                return "["
                    + (0..<count).map { _ in space() + value(depth + 1) + space() }.joined(separator: ",")
                    + "]"
            default: return object(depth)
            }
        }

        mutating func object(_ depth: Int) -> String {
            var members: [String] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    let name = pick([
                        "password", "userPassword", "API-KEY", "session_id", "Authorization", "x_secret_y",
                        "PrivateKey",
                    ])
                    members.append(string(name) + space() + ":" + space() + secret(0))
                } else {
                    members.append(
                        string(pick(["a", "b", "c", "a", "text", "ü"])) + ":" + space() + value(depth + 1)
                    )
                }
            }
            // The members that pointers name are at the root only.
            if depth == 0 {
                for name in ["marked", "list"] where Bool.random(using: &random) {
                    let inner =
                        name == "marked"
                        ? secret(0) : "[{\"card\":\(secret(0))},{\"card\":\(secret(0)),\"n\":1}]"
                    members.append(string(name) + ":" + inner)
                }
            }
            members.shuffle(using: &random)
            return "{" + members.joined(separator: space() + "," + space()) + "}"
        }
    }

    private static let settings = RecordingSettings(
        arguments: .redacted,
        redact: ["/marked", "/list/*/card"]
    )

    /// Whether the text has the letter `Ω` in any spelling, or a well-known form of a secret.
    private func holdsSecret(_ text: String) -> Bool {
        text.contains("Ω") || text.lowercased().contains("03a9") || text.contains("AKIA")
            || text.contains("mgw_")
    }

    @Test(arguments: 0..<40)
    func `no part of a secret is kept, in any place or spelling, wherever the input is cut`(
        _ seed: UInt64
    ) {
        var maker = Maker(random: SeededRandom(seed: seed), pointers: [])
        let redactor = Redactor(Self.settings)
        for _ in 0..<50 {
            let document = maker.object(0)
            #expect((try? JSON.validate(document.utf8.span)) != nil, "\(document)")
            let kept = redactor.kept(document.utf8.span, isCut: false)
            #expect(!holdsSecret(kept), "\(document) → \(kept)")
            #expect(
                (try? JSONValue(parsing: kept)) != nil && kept.utf8.count <= 4096,
                "\(document) → \(kept)"
            )
            for _ in 0..<20 {
                let end = Int.random(in: 0...document.utf8.count, using: &maker.random)
                let start = Array(document.utf8.prefix(end))
                let kept = redactor.kept(start.span, isCut: true, bytesMax: 256 + end % 300)
                #expect(!holdsSecret(kept), "\(String(decoding: start, as: UTF8.self)) → \(kept)")
                #expect(
                    (try? JSONValue(parsing: kept)) != nil,
                    "\(String(decoding: start, as: UTF8.self)) → \(kept)"
                )
                #expect(kept.utf8.count <= 256 + end % 300)
            }
        }
    }

    @Test(arguments: 0..<10)
    func `any bytes give JSON of limited size, in both modes`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "00", "d8", "a", "1", "-", "e", "t", "true", "ü",
            " ", "password", "\n",
        ]
        for settings in [Self.settings, RecordingSettings(arguments: .full)] {
            let redactor = Redactor(settings)
            for _ in 0..<500 {
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 0..<60, using: &random) {
                    if Int.random(in: 0..<20, using: &random) == 0 {
                        bytes.append(UInt8.random(in: 0...255, using: &random))
                    } else {
                        bytes += Array(pieces.randomElement(using: &random)!.utf8)
                    }
                }
                let kept = redactor.kept(bytes.span, isCut: Bool.random(using: &random))
                #expect((try? JSONValue(parsing: kept)) != nil, "\(bytes) → \(kept)")
                #expect(kept.utf8.count <= 4096)
            }
        }
    }
}

/// Repeatable random numbers for each seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators"
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
