import Server
import Testing

struct StartHintsTests {
    private func lines(targets: Bool, tenants: Bool, folder: Bool = true) -> [String] {
        StartHints(hasTargets: targets, hasTenants: tenants, hasFolder: folder, folder: "targets").lines
    }

    @Test func `a store with a target and a tenant gets no hints`() {
        #expect(lines(targets: true, tenants: true).isEmpty)
        #expect(lines(targets: true, tenants: true, folder: false).isEmpty)
    }

    @Test func `each missing thing gets one line with its commands`() {
        let both = lines(targets: false, tenants: false)
        #expect(both.count == 2)
        #expect(both[0].contains("the folder targets holds none") && both[0].contains("target add"))
        #expect(both[1].contains("tenant create") && both[1].contains("key issue"))
        #expect(lines(targets: false, tenants: true, folder: false)[0].contains("there is no folder targets"))
        #expect(lines(targets: true, tenants: false).count == 1)
    }
}
