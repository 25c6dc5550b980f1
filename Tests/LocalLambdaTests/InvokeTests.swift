import Foundation
import JSON
import LocalLambda
import Testing

@Suite(.timeLimit(.minutes(2)))
struct InvokeTests {
    @Test func `a cold and a warm call are answered by the same process`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let first = try await subject.invoke("sample", #"{"do":"who"}"#)
            let second = try await subject.invoke("sample", #"{"do":"who"}"#)
            #expect(first.status == 200)
            #expect(first.fields["content-type"] == "application/json")
            #expect(first.fields["x-amz-executed-version"] == "$LATEST")
            #expect(first.fields["x-amz-function-error"] == nil)
            #expect(first.fields["x-amz-log-result"] == nil)
            #expect(first.json?["pid"] == second.json?["pid"])
            #expect(first.json?["pid"] == first.json?["group"])
            #expect(second.json?["calls"]?.intValue == 2)
            #expect(first.requestID != second.requestID)
        }
    }
}
