package import AWS
import Contracts
package import Gateway
import HTTPClient
import Telemetry

/// A function's stream as the gateway takes it: counts the version that ran and Lambda's report, and puts failures into the
/// gateway's words. Loop thread only.
final class LambdaStream: UpstreamStream {
    private let stream: InvokeStream
    private let function: PreparedFunction
    private weak var call: ToolCall?
    private var hasEnded = false

    init(_ stream: InvokeStream, of function: PreparedFunction, for call: ToolCall) {
        self.stream = stream
        self.function = function
        self.call = call
    }

    var onChange: (() -> Void)? {
        get { stream.onChange }
        set { stream.onChange = newValue }
    }

    var head: UpstreamAnswer {
        UpstreamAnswer(
            bytes: stream.headBytes,
            payload: stream.headBytes.count..<stream.headBytes.count,
            fields: stream.fields
        )
    }

    var heldBytes: Int { stream.heldBytes }

    var failure: UpstreamFailure? { stream.failure.map { self.failure($0) } }

    func take() -> UpstreamPiece {
        switch stream.take() {
        case .bytes(let bytes): return .bytes(bytes)
        case .nothing: return .nothing
        case .ended(.success(let completion)):
            if !hasEnded { call?.note(completion, of: stream) }
            hasEnded = true
            return .ended(nil)
        case .ended(.failure(let error)): return .ended(failure(error))
        }
    }

    private func failure(_ error: LambdaError) -> UpstreamFailure {
        if !hasEnded { call?.note(error) }
        hasEnded = true
        return UpstreamFailure(streamed: error, function)
    }

    func cancel() { stream.cancel() }
}

extension UpstreamFailure {
    /// What an agent and the log are told of a Lambda error in a call whose function streams. It runs on when the gateway stops
    /// reading.
    init(streamed error: LambdaError, _ function: PreparedFunction) {
        switch error.kind {
        case .tooLarge(.answer):
            self.init(
                code: .tooLarge,
                message: "The tool's function streamed more than the gateway passes on in one call.",
                detail: "the function streamed too much: \(error.message)",
                requestID: error.requestID
            )
            executedVersion = error.executedVersion
            execution = .unknown
        case .malformedAnswer:
            self.init(error, function)
            execution = .unknown
        default: self.init(error, function)
        }
    }
}

extension ToolCall: InvokeStreamReceiver {
    package func began(_ stream: InvokeStream, of function: PreparedFunction) {
        began(LambdaStream(stream, of: function, for: self))
    }
}
