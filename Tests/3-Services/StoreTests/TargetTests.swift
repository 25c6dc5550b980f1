import Contracts
import Policy
import SQLite
import Store
import Testing

struct TargetTests {
    static func spec(_ name: String, function: String = "fn", file: String? = nil) throws -> TargetSpec {
        TargetSpec(name: try TargetName(name), function: function, filePath: file)
    }

    @Test func `every field of a declaration is stored`() async throws {
        let clock = TestClock(50)
        try await withStore(clock: clock.read) { store in
            let spec = TargetSpec(
                name: try TargetName("time"),
                function: "arn:aws:lambda:eu-west-1:123456789012:function:time",
                qualifier: "live",
                region: "eu-west-1",
                endpoint: "http://127.0.0.1:9001",
                contract: .jsonrpc,
                approval: .open,
                isEnabled: false,
                timeoutMs: 900_000,
                invoke: InvokeSettings(
                    role: AssumedRole(
                        arn: "arn:aws:iam::123456789012:role/path/tools",
                        externalID: "a=b/c",
                        sessionName: "mcp@gateway"
                    ),
                    route: nil,
                    logTail: .sampled,
                    callerIdentity: .meta
                ),
                description: "What time it is; 'quoted' \"twice\" 🕰\nsecond line",
                toolsJSON: #"[{"name":"a"}]"#
            )
            let added = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.addTarget(spec)
            }
            #expect(added.spec == spec)
            #expect(added.source == .cli)
            #expect(!added.isEnabled)
            #expect(added.createdAtMs == 50)
            let read = try await store.read { read throws(StoreError) in try read.target(spec.name) }
            #expect(read == added)

            clock.set(60)
            var changed = try Self.spec("time", function: "other")
            changed.toolsJSON = ""
            let updated = try await store.write(as: .cli(user: "test")) {
                [changed] write throws(StoreError) in
                try write.updateTarget(changed)
            }
            #expect(updated.spec == changed)
            #expect(updated.id == added.id)
            #expect(updated.createdAtMs == 50)
            #expect(updated.updatedAtMs == 60)
        }
    }

    @Test func `an unknown contract of a newer program is kept in the store`() async throws {
        try await withStore { store in
            let name = try TargetName("time")
            try await store.write(as: .system) { write throws(StoreError) in
                _ = try write.addTarget(TargetSpec(name: name, function: "fn"))
            }
            try SQLite::Connection.open(path: store.path).execute("UPDATE target SET contract = 'grpc'")
            var spec = try await store.read { read throws(StoreError) in try read.target(name).spec }
            #expect(spec.unknownContract == "grpc")
            spec.timeoutMs = 5_000
            // A known contract replaces it, even the placeholder that stands for an unknown one.
            let rows: [(Contract, String?, String)] = [
                (spec.contract, "grpc", "grpc"), (spec.contract, nil, spec.contract.rawValue),
                (.function, nil, "function"),
            ]
            for (contract, unknown, stored) in rows {
                spec.contract = contract
                spec.unknownContract = unknown
                try await store.write(as: .system) { [spec] write throws(StoreError) in
                    _ = try write.updateTarget(spec)
                }
                #expect(try store.query("SELECT contract FROM target") == [stored])
            }
        }
    }

    /// A function with an unknown contract could do anything with a call, so its target is neither called nor shown.
    @Test func `a target with an unknown contract is not served`() async throws {
        try await withStore { store in
            let name = try TargetName("time")
            try await store.write(as: .system) { write throws(StoreError) in
                _ = try write.addTarget(TargetSpec(name: name, function: "fn", approval: .open))
            }
            #expect(try await store.loadSnapshot().targets.map { $0.isEnabled } == [true])
            try SQLite::Connection.open(path: store.path).execute("UPDATE target SET contract = 'grpc'")
            let served = try await store.loadSnapshot().targets
            #expect(served.map { $0.isEnabled } == [false] && served.map { $0.unknownContract } == ["grpc"])
            let record = try await store.read { read throws(StoreError) in try read.target(name) }
            #expect(!record.isEnabled && record.isSwitchedOn)
            // If the target is also switched off, that is the reason.
            try await store.write(as: .system) { write throws(StoreError) in
                _ = try write.setTargetEnabled(name, false)
            }
            #expect(try await store.loadSnapshot().targets.map { $0.unknownContract } == [nil])
        }
    }

    @Test func `a name in use is refused, and the first target stays`() async throws {
        try await withStore { store in
            let first = try Self.spec("a", function: "one")
            let second = try Self.spec("a", function: "two")
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.addTarget(first)
            }
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.addTarget(second)
                }
            }
            #expect(error?.kind == .conflict)
            #expect(error?.hint.contains("target update a") == true)
            let targets = try await store.read { read throws(StoreError) in try read.targets() }
            #expect(targets.map { $0.spec.function } == ["one"])
        }
    }

    struct Fault: Sendable {
        var spec: TargetSpec
        var words: String

        init(_ words: String, _ change: (inout TargetSpec) -> Void) throws {
            spec = try TargetTests.spec("a")
            self.words = words
            change(&spec)
        }
    }

    @Test func `a field outside its bounds is refused by name`() async throws {
        let faults = [
            try Fault("function has 0 bytes") { $0.function = "" },
            try Fault("function has 513 bytes") { $0.function = String(repeating: "f", count: 513) },
            try Fault("function holds a control character") { $0.function = "f\0" },
            try Fault("qualifier") { $0.qualifier = "" },
            try Fault("region") { $0.region = "eu\nwest" },
            try Fault("endpoint") { $0.endpoint = String(repeating: "e", count: 3_000) },
            try Fault("timeout is 0 ms") { $0.timeoutMs = 0 },
            try Fault("timeout is -1 ms") { $0.timeoutMs = -1 },
            try Fault("timeout is 900001 ms") { $0.timeoutMs = 900_001 },
            try Fault("too long") { $0.description = String(repeating: "d", count: 5_000) },
        ]
        try await withStore { store in
            for fault in faults {
                let error = await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                        _ = try write.addTarget(fault.spec)
                    }
                }
                #expect(error?.kind == .invalid)
                #expect(error?.message.contains(fault.words) == true, "\(String(describing: error))")
            }
            let targets = try await store.read { read throws(StoreError) in try read.targets() }
            #expect(targets.isEmpty)
        }
    }

    @Test func `an operator can disable and enable a target, independently of its declaration`() async throws
    {
        try await withStore { store in
            let name = try TargetName("a")
            let declared = try Self.spec("a", file: "targets/a/target.toml")
            _ = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.syncFileTargets([declared])
            }
            let off = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.setTargetEnabled(name, false)
            }
            #expect(!off.isEnabled && off.isSwitchedOff && off.spec.isEnabled)
            // Reading the file again doesn't enable the target.
            let sync = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.syncFileTargets([declared])
            }
            #expect(sync.unchanged == [name])
            let still = try await store.read { read throws(StoreError) in try read.target(name) }
            #expect(!still.isEnabled)
            let on = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.setTargetEnabled(name, true)
            }
            #expect(on.isEnabled)

            var disabled = declared
            disabled.isEnabled = false
            _ = try await store.write(as: .cli(user: "test")) { [disabled] write throws(StoreError) in
                try write.syncFileTargets([disabled])
            }
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    _ = try write.setTargetEnabled(name, true)
                }
            }
            #expect(error?.message.contains("targets/a/target.toml") == true)
        }
    }

    @Test func `a target added disabled by command is enabled by command`() async throws {
        try await withStore { store in
            var spec = try Self.spec("a")
            spec.isEnabled = false
            let added = try await store.write(as: .cli(user: "test")) { [spec] write throws(StoreError) in
                try write.addTarget(spec)
            }
            #expect(!added.isEnabled)
            let on = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.setTargetEnabled(added.name, true)
            }
            #expect(on.isEnabled)
        }
    }

    @Test func `commands can't change a target that a file declares`() async throws {
        try await withStore { store in
            let declared = try Self.spec("a", file: "targets/a/target.toml")
            let plain = try Self.spec("a", function: "other")
            _ = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.syncFileTargets([declared])
            }
            for attempt in 0..<3 {
                let error = await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                        switch attempt {
                        case 0: try write.removeTarget(plain.name)
                        case 1: try write.updateTarget(plain)
                        default: try write.addTarget(plain)
                        }
                    }
                }
                #expect(error?.kind == .conflict)
                #expect(error?.message.contains("targets/a/target.toml") == true)
            }
        }
    }

    @Test func `a missing target is not found, and named`() async throws {
        try await withStore { store in
            let name = try TargetName("ghost")
            for attempt in 0..<3 {
                let error = await #expect(throws: StoreError.self) {
                    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                        switch attempt {
                        case 0: try write.removeTarget(name)
                        case 1: try write.setTargetEnabled(name, true)
                        default: try write.updateTarget(TargetSpec(name: name, function: "f"))
                        }
                    }
                }
                #expect(error?.kind == .notFound)
                #expect(error?.message == "there is no target ghost")
            }
        }
    }
}

struct FileTargetsTests {
    @Test func `sync adds, changes and removes file targets, and leaves the others alone`() async throws {
        try await withStore { store in
            let byCommand = try TargetTests.spec("by-command")
            let first = try ["a", "b", "c"].map {
                try TargetTests.spec($0, file: "targets/\($0)/target.toml")
            }
            let one = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.addTarget(byCommand)
                return try write.syncFileTargets(first)
            }
            #expect(one.added.map { $0.text } == ["a", "b", "c"])
            #expect(one.removed.isEmpty && one.updated.isEmpty && one.unchanged.isEmpty)

            var second = [first[2], first[1]]
            second[1].timeoutMs = 5
            second.append(try TargetTests.spec("d", file: "targets/d/target.toml"))
            let two = try await store.write(as: .cli(user: "test")) { [second] write throws(StoreError) in
                try write.syncFileTargets(second)
            }
            #expect(two.added.map { $0.text } == ["d"])
            #expect(two.updated.map { $0.text } == ["b"])
            #expect(two.removed.map { $0.text } == ["a"])
            #expect(two.unchanged.map { $0.text } == ["c"])
            let names = try await store.read { read throws(StoreError) in
                try read.targets().map { $0.name.text }
            }
            #expect(names == ["b", "by-command", "c", "d"])

            let none = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.syncFileTargets([])
            }
            #expect(none.removed.map { $0.text } == ["b", "c", "d"])
        }
    }

    @Test func `a conflict with a command's target names both, and doesn't affect other files`() async throws
    {
        try await withStore { store in
            let byCommand = try TargetTests.spec("b", function: "the-other-function")
            let files = try ["a", "b"].map { try TargetTests.spec($0, file: "targets/\($0)/target.toml") }
            try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                _ = try write.addTarget(byCommand)
            }
            let sync = try await store.write(as: .system) { write throws(StoreError) in
                try write.syncFileTargets(files)
            }
            let error = sync.refused.first?.error
            #expect(sync.refused.count == 1 && error?.kind == .conflict)
            #expect(error?.message.contains("targets/b/target.toml") == true)
            #expect(error?.message.contains("the-other-function") == true)
            #expect(sync.added.map { $0.text } == ["a"])
            let names = try await store.read { read throws(StoreError) in
                try read.targets().map { $0.name.text }
            }
            #expect(names == ["a", "b"])
            let kept = try await store.read { read throws(StoreError) in try read.target(byCommand.name) }
            #expect(kept.source == .cli && kept.spec.function == "the-other-function")
        }
    }

    @Test func `an invalid declaration leaves its stored target unchanged`() async throws {
        try await withStore { store in
            let good = try ["a", "b"].map { try TargetTests.spec($0, file: "targets/\($0)/target.toml") }
            var bad = good
            bad[0].timeoutMs = 0
            bad[1].timeoutMs = 7
            let (first, second) = (good, bad)
            let sync = try await store.write(as: .system) { write throws(StoreError) in
                _ = try write.syncFileTargets(first)
                return try write.syncFileTargets(second)
            }
            #expect(sync.refused.map { $0.spec.name.text } == ["a"] && sync.removed.isEmpty)
            #expect(sync.updated.map { $0.text } == ["b"])
            let stored = try await store.read { read throws(StoreError) in try read.targets() }
            #expect(stored.map { $0.spec.approval } == [good[0].approval, good[1].approval])
        }
    }

    @Test func `faults of files are kept by target with the time since when, until they are corrected`()
        async throws
    {
        let clock = TestClock(10)
        try await withStore(clock: clock.read) { store in
            func record(_ faults: [String: [String]], at ms: Int64) async throws -> [TargetFileFault] {
                clock.set(ms)
                return try await store.write(as: .system) { write throws(StoreError) in
                    try write.recordTargetFileFaults(faults)
                    return try write.reading.targetFileFaults()
                }
            }
            let a = TargetFileFault(target: "a", faults: ["a.toml:1: x", "two lines"], sinceMs: 10)
            #expect(try await record(["a": ["a.toml:1: x", "two\nlines"], "": ["all"]], at: 10).last == a)
            let later = try await record(["a": a.faults, "B c": ["y"]], at: 20)
            #expect(later == [TargetFileFault(target: "B c", faults: ["y"], sinceMs: 20), a])
            let changed = try await record(["a": ["z"], "b": []], at: 30)
            #expect(changed == [TargetFileFault(target: "a", faults: ["z"], sinceMs: 30)])
            #expect(try await record([:], at: 40).isEmpty)
        }
    }

    @Test func `two files with the same target name are both named in the error`() async throws {
        try await withStore { store in
            let files = try ["x", "y"].map { try TargetTests.spec("same", file: "targets/\($0)/target.toml") }
            let sync = try await store.write(as: .system) { write throws(StoreError) in
                try write.syncFileTargets(files)
            }
            let error = sync.refused.first?.error
            #expect(sync.added.map { $0.text } == ["same"])
            #expect(error?.message.contains("targets/x/target.toml") == true)
            #expect(error?.message.contains("targets/y/target.toml") == true)
        }
    }
}
