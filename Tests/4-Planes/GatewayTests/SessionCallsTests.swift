import EventLoop
import Policy
import TestSupport
import Testing

@testable import Gateway

struct SessionCallsTests {
    private static func name(_ id: String, session: UInt8 = 1) -> SessionCalls.Name? {
        let bytes = Array(id.utf8)
        return SessionCalls.Name(session: SessionCode([session]), id: 0..<bytes.count, in: bytes.span)
    }

    @Test func `the table has a bound, and gives places back`() throws {
        let calls = SessionCalls()
        let names = try (0...SessionCalls.callsMax).map { try #require(Self.name("\($0)")) }
        for name in names.dropLast() { #expect(calls.began(name, Cancellation())) }
        let last = try #require(names.last)
        #expect(!calls.began(last, Cancellation()) && calls.count == SessionCalls.callsMax)
        calls.ended(names[0])
        #expect(calls.began(last, Cancellation()))
        for name in names { calls.ended(name) }
        #expect(calls.count == 0)
    }

    @Test func `a call is found by its session and its id together`() throws {
        let calls = SessionCalls()
        let (own, other) = (Cancellation(), Cancellation())
        #expect(calls.began(try #require(Self.name("1")), own))
        #expect(calls.began(try #require(Self.name("1", session: 2)), other))
        #expect(!calls.cancel(try #require(Self.name("2"))))
        #expect(calls.cancel(try #require(Self.name("1"))))
        #expect(own.isCancelled && !other.isCancelled)
    }

    @Test func `an id of more than 256 bytes has no name`() {
        let text = String(repeating: "x", count: 254)
        #expect(Self.name("\"\(text)\"") != nil && Self.name("\"\(text)x\"") == nil)
    }
}
