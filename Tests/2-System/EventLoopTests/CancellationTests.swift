import EventLoop
import Testing

/// Which work a cancellation ends.
struct CancellationTests {
    private final class Work: CancellableWork {
        var isCancelled = false

        func cancel() { isCancelled = true }
    }

    @Test func `work that ends late doesn't take away the work that came in its place`() {
        let cancellation = Cancellation()
        let (first, second) = (Work(), Work())
        #expect(cancellation.attach(first))
        #expect(cancellation.attach(second))
        cancellation.detach(first)
        cancellation.cancel()
        #expect(!first.isCancelled && second.isCancelled)
        #expect(!cancellation.attach(first), "it is cancelled already")
    }

    @Test func `work that has ended isn't cancelled`() {
        let cancellation = Cancellation()
        let work = Work()
        #expect(cancellation.attach(work))
        cancellation.detach(work)
        cancellation.cancel()
        #expect(!work.isCancelled)
    }
}
