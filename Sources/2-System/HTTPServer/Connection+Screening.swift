import EventLoop
import Glibc
import HTTP

/// What is decided between a request's head and its body, when the body has to be waited for.
extension Connection {
    /// Asks the handler about the head that is there, and lets the body come, or not. Its deadline begins.
    func awaitBody() {
        phase = .readingBody
        arm(limits.bodyNs)
        // Shares the buffer: nobody writes into it before this is let go of.
        let verdict = listener.handler.screen(headAlone(storage))
        guard case .wait(let judge) = verdict else { return screened(verdict) }
        phase = .screening
        let kept = headAlone(Array(storage[..<head.count]))
        Task.immediate(executorPreference: loop) {
            let verdict = await judge(kept)
            guard self.phase == .screening else { return }
            self.phase = .readingBody
            self.screened(verdict)
            if !self.isProcessing, self.isReading { self.readMore() }
        }
    }

    private func headAlone(_ bytes: [UInt8]) -> Request {
        Request(bytes: bytes, head: head, body: head.count..<head.count, peer: peer)
    }

    private func screened(_ verdict: HeadVerdict) {
        switch verdict {
        case .proceed(let most, let payer):
            bodyBytesMax = min(bodyBytesMax, most)
            self.payer = payer ?? peerPayer
            if case .length(let length) = head.framing {
                guard length <= bodyBytesMax else { return refuse(413) }
                let wanted = max(roomFor(length), storage.count)
                guard claimed(wanted, for: self.payer, .bodyStart) else { return }
            } else if bodyEnd - head.count > bodyBytesMax {
                return refuse(413)
            }
            openBody()
        case .respond(let response): answerAlone(response)
        case .wait: refuse(500)  // a judge judges
        }
    }
}
