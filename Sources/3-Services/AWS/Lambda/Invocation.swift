import Bytes
import Calendar
import EventLoop
import HTTPClient
import SigV4

/// One call of a function: from its request to its answer, with the second attempt that a refused signature may be
/// worth. `@unchecked`: one loop's thread only.
final class Invocation: ResponseReceiver, @unchecked Sendable {
    private let client: LambdaClient
    private let function: PreparedFunction
    /// Kept for the second attempt.
    private let payload: ByteBuffer
    private let options: InvokeOptions
    private let cancellation: Cancellation?
    private let receiver: any InvokeReceiver
    private var signedAt = UTCTime(epochSeconds: 0)
    private var isSecondAttempt = false

    init(
        _ client: LambdaClient,
        _ function: PreparedFunction,
        _ payload: ByteBuffer,
        _ options: InvokeOptions,
        _ cancellation: Cancellation?,
        _ receiver: any InvokeReceiver
    ) {
        self.client = client
        self.function = function
        self.payload = payload
        self.options = options
        self.cancellation = cancellation
        self.receiver = receiver
    }

    func send() {
        signedAt = client.clock()
        do throws(LambdaError) {
            var request = try client.request(function, payload, options, signedAt: signedAt)
            request.cancellation = cancellation
            client.transport.send(request, to: self)
        } catch {
            tell(.failure(error))
        }
    }

    private func tell(_ outcome: consuming Result<InvokeAnswer, LambdaError>) {
        receiver.invoked(outcome, of: function)
    }

    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        switch outcome {
        case .failure(let error): tell(.failure(LambdaError(error)))
        case .success(let response) where response.status / 100 == 4 && !isSecondAttempt: refused(response)
        case .success(let response): finished(response)
        }
    }

    private func finished(_ response: ClientResponse) {
        do throws(LambdaError) {
            tell(.success(try InvokeAnswer(response)))
        } catch {
            tell(.failure(error))
        }
    }

    /// Judges a refusal, and sends the call once more where that helps.
    private func refused(_ response: ClientResponse) {
        let error = LambdaError(refusal: response)
        guard client.isWorthSigningAgain(error, response, function, signedAt: signedAt) else {
            return tell(.failure(error))
        }
        isSecondAttempt = true
        send()
    }
}
