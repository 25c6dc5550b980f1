@testable import AdminAPI
@testable import AdminCLI
import FoundationEssentials
import JSON
import REST
import Testing

struct CompletionTests {
    private func offers(_ words: String...) -> [String] {
        guard case .candidates(let candidates) = Completion(words).answer else { return [] }
        return candidates.map { $0.text }
    }

    @Test func `the first words offered are the commands, each once, with its summary`() {
        let first = offers("")
        #expect(Set(first) == Set(AdminCLI.commands.map { $0.usage.path[0] } + ["help"]))
        #expect(Set(first).count == first.count && !first.contains(Completion.verb))
        #expect(offers("limit", "") == ["set", "list", "remove"])
        #expect(offers("help", "limit", "s") == ["set", "list", "remove"])
        #expect(offers("nonsense", "").isEmpty && offers("limit", "nonsense", "").isEmpty)
    }

    @Test func `each option is offered once, unless it may be repeated, and so are its values`() {
        #expect(
            offers("target", "show", "x", "-") == [
                "--config", "--url", "--context", "--ca", "--output", "--help",
            ]
        )
        #expect(
            offers("target", "show", "x", "--config", "f", "") == [
                "--url", "--context", "--ca", "--output", "--help",
            ]
        )
        #expect(offers("key", "issue", "x", "--allow", "a", "--").contains("--allow"))
        #expect(offers("target", "add", "x", "--approval", "") == ["required", "auto", "open"])
        #expect(
            offers("target", "add", "x", "--approval=r") == [
                "--approval=required", "--approval=auto", "--approval=open",
            ]
        )
        #expect(offers("tool", "list", "-o", "") == ["table", "wide", "name", "json", "jsonl"])
        #expect(Completion(["tool", "list", "--config", ""]).answer == .files)
        #expect(Completion(["target", "add", "x", "--tools", ""]).answer == .files)
        #expect(offers("target", "add", "").isEmpty)
    }

    @Test func `the words before decide what is offered`() {
        guard case .items(let pending, _) = Completion(["subscription", "approve", ""]).answer else {
            Issue.record("no items")
            return
        }
        #expect(pending.list == "subscriptions" && pending.query == [.init("state", "pending")])
        guard case .items(let limits, _) = Completion(["limit", "remove", "tenant", ""]).answer else {
            Issue.record("no items")
            return
        }
        #expect(
            limits.conditions.map { $0.member } == ["scope"] && limits.conditions.first?.value == .operand(0)
        )
        guard case .items(_, let prefix) = Completion(["tool", "list", "--target=t"]).answer else {
            Issue.record("no items")
            return
        }
        #expect(prefix == "--target=")
    }

    @Test func `each offered list exists in the API and has the members`() async throws {
        var offers: [ItemOffer] = []
        for usage in AdminCLI.commands.map({ $0.usage }) {
            for offer in usage.operands.map({ $0.offer }) + usage.allOptions.map({ $0.offer }) {
                if case .items(let items) = offer, !offers.contains(items) { offers.append(items) }
            }
        }
        #expect(offers.count >= 8)
        for offer in offers {
            let operation = AdminAPI.operations.first {
                $0.commands.contains { $0.list == offer.list } || $0.id == "toolList" && offer.list == "tools"
                    || $0.id == "targetList" && offer.list == "targets"
            }
            let members = try #require(
                operation?.components.values.flatMap { schema -> [String] in
                    guard case .object(let members) = schema.shape else { return [] }
                    return members.map { $0.name }
                },
                "\(offer.list)"
            )
            for name in [offer.name] + offer.about + offer.conditions.map({ $0.member }) {
                #expect(members.contains(name), "\(offer.list) \(name)")
            }
        }
    }

    @Test(arguments: [
        ("time___now", true), ("team-a", true), ("prometheus___*_?", true), ("", false),
        ("a$(touch F)", false),
        ("a`id`", false), ("a\"b", false), ("a;b", false), ("a b", false), ("a\\b", false), ("a'b", false),
        ("a\nb", false), ("a!b", false), ("é", false), ("a&b", false), ("a|b", false), ("a>b", false),
    ])
    func `a name with characters that a shell interprets is not offered`(_ name: String, _ isPlain: Bool) {
        #expect(Completion.isPlain(name) == isPlain)
    }

    @Test func `names come from the store, and without a store none are offered`() async throws {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme", "--title", "The best: A")
            _ = await cli.run("tenant", "create", "other")
            let shown = await cli.run("__complete", "zsh", "tenant", "show", "a")
            #expect(shown.out == "acme:The best: A\n" && shown.err.isEmpty && shown.status == 0)
            #expect(await cli.run("__complete", "bash", "tenant", "show", "").out == "acme\nother\n")
            for words in [[], ["fish", "x"], ["bash"], ["zsh", "tenant", "show", "--url", "x", ""]] {
                let none = await cli.run(words: ["__complete"] + words)
                #expect(none.status == 0 && none.err.isEmpty)
            }
        }
        try await withCommandLine(hasStore: false) { cli in
            let none = await cli.run("__complete", "zsh", "tenant", "show", "")
            #expect(none.out.isEmpty && none.err.isEmpty && none.status == 0)
        }
    }

    @Test func `no program is run for a token while a command is typed`() async throws {
        try await withCommandLine(environment: ["PATH": "/usr/bin:/bin"]) { cli in
            let mark = "\(cli.folder)/mark"
            let command = ["--token-command", "touch", "--token-command", mark]
            _ = await cli.run(words: ["context", "add", "a", "--url", "http://127.0.0.1:1"] + command)
            func completes(_ words: String...) async -> Bool {
                let none = await cli.run(words: ["__complete", "bash", "tenant", "show"] + words + [""])
                return none.status == 0 && none.out.isEmpty && none.err.isEmpty
            }
            #expect(await completes("--context", "a"))
            _ = await cli.run("context", "use", "a")
            #expect(await completes())
            #expect(!FileManager.default.fileExists(atPath: mark))
            _ = await cli.run("tenant", "list")
            #expect(FileManager.default.fileExists(atPath: mark))
        }
    }

    @Test(arguments: [
        (["tool", "list", "--target", "=", "x"], ["tool", "list", "--target=x"]),
        (["--url", "http", ":", "//h", ":", "3001", "a"], ["--url", "http://h:3001", "a"]),
        (["--target", "="], ["--target="]), (["'ti"], ["ti"]), (["a\\ b", "\"c'd\""], ["a b", "c'd"]),
        ([], []), (["="], ["="]),
    ])
    func `words that bash has split are joined again`(_ given: [String], _ words: [String]) {
        #expect(Shell.bash.words(given) == words)
    }

    @Test func `bash gets only the part after the last break`() {
        let candidate = Completion.Candidate(text: "--target=time", about: "Tells the time: well. More.")
        #expect(Shell.bash.line(candidate, word: "--target=t") == "time")
        #expect(Shell.bash.line(candidate, word: "--tar") == "--target=time")
        #expect(Shell.zsh.line(candidate, word: "") == "--target=time:Tells the time: well.")
        #expect(Shell.zsh.line(.init(text: "a:b", about: ""), word: "") == "a\\:b")
        #expect(Shell.zsh.line(.init(text: "a", about: "b\u{1B}[2J"), word: "") == "a:b<U+001B>[2J")
    }
}
