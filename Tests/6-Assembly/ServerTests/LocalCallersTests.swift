import AdminAPI
import Glibc
import Store
import System
import Testing

@testable import Server

/// Tokens of commands on the server's machine.
struct LocalCallersTests {
    @Test func `a command is let in for a minute, under its user's name`() throws {
        let callers = LocalCallers()
        #expect(callers.door(for: getuid(), nowMs: 1_000) == nil)
        callers.serve(at: "http://127.0.0.1:3001")
        let door = try #require(callers.door(for: getuid(), nowMs: 1_000))
        #expect(door.url == "http://127.0.0.1:3001")
        let caller = try #require(callers.caller(of: door.token, nowMs: 60_999))
        #expect(caller.actor == .cli(user: UserName.own))
        #expect(caller.role == .operator)
        #expect(callers.caller(of: door.token, nowMs: 61_000) == nil)
    }

    @Test(arguments: ["", "mgwl_", "mgwl_00", "mgwa_abc_def", " "])
    func `a token that was not given lets nobody in`(text: String) {
        let callers = LocalCallers()
        callers.serve(at: "http://127.0.0.1:3001")
        _ = callers.door(for: 0, nowMs: 0)
        #expect(callers.caller(of: text, nowMs: 1) == nil)
    }

    @Test func `each command has its own token, and the oldest of very many is forgotten`() throws {
        let callers = LocalCallers()
        callers.serve(at: "http://127.0.0.1:3001")
        let doors = try (0..<300).map { try #require(callers.door(for: 0, nowMs: Int64($0))) }
        #expect(Set(doors.map { $0.token }).count == 300)
        #expect(callers.caller(of: doors[0].token, nowMs: 300) == nil)
        #expect(callers.caller(of: doors[299].token, nowMs: 300) != nil)
        #expect(doors.filter { callers.caller(of: $0.token, nowMs: 300) != nil }.count == 256)
    }
}
