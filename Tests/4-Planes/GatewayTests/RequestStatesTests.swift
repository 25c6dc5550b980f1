import Bytes
import Crypto
import MCP
import Testing

@testable import Gateway

/// States of targets in clients' hands.
struct RequestStatesTests {
    private static let states = RequestStates(secret: Agents.secret)
    private static let binding = RequestStates.Binding(
        holderID: 7,
        targetID: 2,
        method: .toolsCall,
        name: "rpc___echo",
        arguments: digest("{}")
    )
    private static let state = Array(#""the \"state\" é""#.utf8)

    private static func open(
        _ text: String,
        _ binding: RequestStates.Binding = binding,
        by states: RequestStates = states,
        nowMs: Int64 = 1
    ) -> Result<[UInt8], RequestStates.Fault> {
        states.unwrap(text.utf8.span, for: binding, nowMs: nowMs)
    }

    private static func changed(_ change: (inout RequestStates.Binding) -> Void) -> RequestStates.Binding {
        var other = binding
        change(&other)
        return other
    }

    @Test func `a state opens for its call alone, on every server of its store`() {
        let text = Self.states.wrap(Self.state.span, for: Self.binding, nowMs: 0)
        #expect(!text.contains("state") && text.utf8.count <= RequestStates.textMax)
        #expect(Self.open(text, by: RequestStates(secret: Agents.secret)) == .success(Self.state))
        let stranger = RequestStates(secret: [UInt8](repeating: 8, count: 32))
        #expect(Self.open(text, by: stranger) == .failure(.foreign))
        for other in [
            Self.changed { $0.holderID = 8 }, Self.changed { $0.holderID = ~7 },
            Self.changed { $0.targetID = 3 },
            Self.changed { $0.method = .promptsGet }, Self.changed { $0.name = "rpc___echo2" },
            Self.changed { $0.name = "" }, Self.changed { $0.arguments = digest("{} ") },
        ] {
            #expect(Self.open(text, other) == .failure(.foreign))
        }
    }

    @Test func `a state expires after an hour, and until then may come again`() {
        let text = Self.states.wrap(Self.state.span, for: Self.binding, nowMs: 5)
        let opened = [5, 5, 3_600_004, 3_600_005, .max].map { Self.open(text, nowMs: $0) }
        #expect(
            opened == [
                .success(Self.state), .success(Self.state), .success(Self.state), .failure(.expired),
                .failure(.expired),
            ]
        )
    }

    @Test func `the largest state opens, and a longer text is not looked at`() {
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: AnswerWriter.stateBytesMax)
        let text = Self.states.wrap(large.span, for: Self.binding, nowMs: 0)
        #expect(Self.open(text) == .success(large))
        let longer = String(repeating: "A", count: RequestStates.textMax + 1)
        #expect(Self.open(longer) == .failure(.foreign))
    }

    /// 20,000 texts from a fixed seed: sound ones that were changed, cut, joined, and noise.
    @Test func `no text but the one that was made opens`() {
        var random = EndpointFuzzTests.Random(state: 11)
        let texts = (1...8).map { index in
            let state = Array(Self.state.prefix(index * 2))
            return Array(Self.states.wrap(state.span, for: Self.binding, nowMs: 0).utf8)
        }
        let made = Set(texts)
        for _ in 0..<20_000 {
            var text = texts[random.below(texts.count)]
            for _ in 0...random.below(3) {
                let place = random.below(text.count)
                switch random.below(5) {
                case 0: text[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: text.removeSubrange(place...)
                case 2: text.insert(UInt8(ascii: "A"), at: place)
                case 3: text.append(contentsOf: texts[random.below(texts.count)].suffix(random.below(40)))
                default: text = (0..<random.below(120)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                }
                if text.isEmpty { break }
            }
            if made.contains(text) { continue }
            #expect(Self.states.unwrap(text.span, for: Self.binding, nowMs: 1) == .failure(.foreign))
        }
    }
}
