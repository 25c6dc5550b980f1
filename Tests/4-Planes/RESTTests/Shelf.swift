import HTTP
import JSON
import REST

/// A small API for the tests: books on a shelf.
struct Reader: APICaller {
    var mayChange = true

    func may(_ access: Access) -> Bool { access == .read || mayChange }
    var standing: String { "the role reader" }
}

let shelf = Router([Shelf.list, Shelf.add, Shelf.show, Shelf.remove], ShelfServices())

struct ShelfServices: Serving {
    typealias Caller = Reader
}

struct Book: Sendable {
    var title: String
    /// Whether the request has more than a title.
    var says = false
}

struct BookForm: Form {
    typealias Record = Book

    static let component: String? = "Book"

    static func revision(of book: Book) -> Int64? { 7 }

    let title = Member("title", .text, \Book.title)
    let says = Member("says", .truth, \Book.says)
}

struct TitlesForm: Form {
    typealias Record = Listing<String>

    let books = Member("books", .list(.text, max: Page.limitMax), \Record.items)
    let nextCursor = Member("nextCursor", .text(1...2_048), \Record.nextCursor)
}

private typealias ShelfOperation<A: Arguments, Output: Form> = Operation<ShelfServices, A, Output>

private enum Shelf {
    struct ListArguments: Arguments {
        let by = Argument.query("by", .text(1...10), "the author")
        let page = PageArguments()
    }

    static let list: any AnyOperation<ShelfServices> = ShelfOperation(
        .get,
        "/books",
        id: "bookList",
        "Lists books.",
        takes: ListArguments.self,
        answers: TitlesForm.self
    ) { call throws(Problem) in
        try call.page(of: "books").cut((1...7).map { "book-\($0)" }, place: { $0 }, isAfter: { $0 > $1 })
    }

    struct AddArguments: Arguments {
        let title = Argument.member("title", .text(1...9))
        let pages = Argument.change("pages", .count(1...999))
    }

    static let add: any AnyOperation<ShelfServices> = ShelfOperation(
        .post,
        "/books",
        id: "bookAdd",
        "Adds a book.",
        takes: AddArguments.self,
        answers: BookForm.self,
        status: 201,
        problems: [.conflict]
    ) { call throws(Problem) in
        switch call.pages {
        case .keep: Book(title: call.title)
        case .clear, .set: Book(title: call.title, says: true)
        }
    }

    struct ShowArguments: Arguments {
        let title = Argument.path("title", .text(1...20), "its title")
    }

    static let show: any AnyOperation<ShelfServices> = ShelfOperation(
        .get,
        "/books/{title}",
        id: "bookShow",
        "Shows a book.",
        takes: ShowArguments.self,
        answers: BookForm.self
    ) { call throws(Problem) in
        Book(title: call.title)
    }

    struct RemoveArguments: Arguments {
        let title = Argument.path("title", .text(1...20), "its title")
        let force = Argument.flag("force", "anyhow")
    }

    static let remove: any AnyOperation<ShelfServices> = ShelfOperation(
        .delete,
        "/books/{title}",
        id: "bookRemove",
        "Removes a book.",
        takes: RemoveArguments.self,
        answers: BookForm.self,
        problems: [.preconditionFailed]
    ) { call throws(Problem) in
        if let revision = try call.expectedRevision(), revision != 7 {
            throw Problem(.preconditionFailed, "the book is at revision 7", hint: "read it again")
        }
        return Book(title: call.title, says: call.force)
    }
}
