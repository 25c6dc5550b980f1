import Policy
import Testing

struct SnapshotTests {
    @Test func `every name is found at its own position, and nothing else is`() {
        var names: Set<String> = []
        var generator = SeededGenerator(seed: 1)
        while names.count < 3_000 {
            let length = Int.random(in: 1...80, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: 97...99, using: &generator) }
            names.insert("t___" + String(decoding: bytes, as: UTF8.self))
        }
        let snapshot = Snapshot(
            version: 1,
            targets: [TargetEntry(id: 1, name: "t", function: "f")],
            tools: names.map { tool($0, target: 0) },
            tenants: [],
            keys: []
        )
        for (position, entry) in snapshot.tools.enumerated() {
            #expect(snapshot.tool(named: entry.exposedName) == position)
            for other in [
                entry.exposedName + "a", String(entry.exposedName.dropLast()), "u" + entry.exposedName,
            ]
            where !names.contains(other) {
                #expect(snapshot.tool(named: other) == nil)
            }
        }
        #expect(snapshot.tool(named: "") == nil)
        #expect(snapshot.tool(named: String(repeating: "x", count: 100_000)) == nil)
    }

    @Test func `a thousand similar names are found under any seed`() {
        let names = (0..<1_000).map { "t___\($0)\u{0}" }
        for seed: UInt64 in [0, 1, .max, 0x9E37_79B9_7F4A_7C15] {
            let snapshot = Snapshot(
                version: 1,
                targets: [TargetEntry(id: 1, name: "t", function: "f")],
                tools: names.map { tool($0, target: 0) },
                tenants: [],
                keys: [],
                seed: seed
            )
            #expect(
                names.allSatisfy { name in
                    snapshot.tool(named: name).map { snapshot.tools[$0].exposedName } == name
                }
            )
        }
    }

    @Test func `entries come out in byte order and tools keep their targets`() {
        let snapshot = Snapshot(
            version: 7,
            targets: ["b", "a-b", "a"].enumerated().map { index, name in
                TargetEntry(id: Int64(index), name: name, function: "fn-\(name)")
            },
            tools: [
                tool("b___é", target: 0), tool("a___z", target: 2), tool("a-b___y", target: 1),
                tool("a___Z", target: 2), tool("b___z", target: 0),
            ],
            tenants: [],
            keys: []
        )
        #expect(snapshot.targets.map { $0.name } == ["a", "a-b", "b"])
        #expect(snapshot.tools.map { $0.exposedName } == ["a-b___y", "a___Z", "a___z", "b___z", "b___é"])
        for entry in snapshot.tools {
            let owner = snapshot.targets[entry.target].name
            #expect(entry.exposedName.hasPrefix(owner + "___"))
        }
        #expect(snapshot.target(named: "a-b") == 1)
        #expect(snapshot.target(named: "b") == 2)
        #expect(snapshot.target(named: "c") == nil)
        #expect(snapshot.target(named: "") == nil)
    }

    @Test func `an empty snapshot finds nothing`() {
        #expect(Snapshot.empty.tool(named: "a___b") == nil)
        #expect(Snapshot.empty.key(hash: digest(1)) == nil)
        #expect(Snapshot.empty.target(named: "a") == nil)

        #expect(Snapshot.empty.authenticate(hash: digest(1), nowMs: 0) == .failure(.unknown))
    }

    @Test func `of two tools with one name the first counts`() {
        let snapshot = Snapshot(
            version: 1,
            targets: [TargetEntry(id: 1, name: "t", function: "f")],
            tools: [tool("t___a", target: 0), tool("t___a", target: 0, state: .quarantined)],
            tenants: [],
            keys: []
        )
        #expect(snapshot.tool(named: "t___a") == 0)
    }

    @Test func `newer health keeps the version, the tools and the order`() {
        let before = Snapshot(
            version: 4,
            targets: [
                TargetEntry(id: 9, name: "b", function: "f"), TargetEntry(id: 8, name: "a", function: "f"),
            ],
            tools: [tool("b___x", target: 0)],
            tenants: [],
            keys: []
        )
        let after = before.replacingHealth([9: TargetHealth(lastError: "timed out", lastErrorAtMs: 5)])
        #expect(after.version == 4)
        #expect(after.targets.map { $0.name } == ["a", "b"])
        #expect(after.targets.map { $0.lastError } == [nil, "timed out"])
        #expect(before.targets.map { $0.lastError } == [nil, nil])
        #expect(after.tool(named: "b___x") == 0)
    }

    @Test func `a tool without its target stops the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = Snapshot(version: 1, targets: [], tools: [tool("a___b", target: 0)], tenants: [], keys: [])
        }
    }
}
