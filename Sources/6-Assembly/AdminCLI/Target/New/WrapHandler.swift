import JSON

/// handler.py of a function that wraps an MCP server from PyPI: the contract `jsonrpc`.
///
/// The server is a child process that speaks MCP over its pipes, which every server can do. The handler needs nothing
/// but Python, so it can't conflict with a library version that the server wants.
enum WrapHandler {
    static func text(package: String, command: [String]) -> String {
        // Names of packages contain no %.
        template.replacing("%PACKAGE%", with: package).replacing("%COMMAND%", with: pythonList(command))
    }

    /// A JSON string is a Python string too.
    private static func pythonList(_ words: [String]) -> String {
        "[\(words.map { JSONValue.string($0).text }.joined(separator: ", "))]"
    }

    private static let template = #"""
        """%PACKAGE% as an AWS Lambda function: each message goes to that MCP server over its standard input and output.

        The server is started once for each process of the function, and stays for the calls after that.
        """

        import atexit
        import json
        import os
        import queue
        import subprocess
        import sys
        import threading

        HERE = os.path.dirname(os.path.abspath(__file__))
        PACKAGES = os.path.join(HERE, "packages")

        # What is started; "python" is the one that runs this function.
        COMMAND = %COMMAND%

        PROTOCOL = "2025-06-18"  # what servers of all versions of MCP's Python library speak
        RESERVE = 0.5  # of the function's time, in seconds, in which an answer is still sent


        class Server:
            """The MCP server as a child process."""

            def __init__(self):
                path = os.pathsep.join([PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])])
                environment = {"HOME": "/tmp", **os.environ, "PYTHONPATH": path}
                # Its standard error is the function's own, and so ends up in the log.
                self.process = subprocess.Popen(
                    [sys.executable if COMMAND[0] == "python" else COMMAND[0], *COMMAND[1:]],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=environment,
                    cwd=HERE,
                )
                self.answers = queue.SimpleQueue()
                threading.Thread(target=self.read, daemon=True).start()

            def read(self):
                for line in self.process.stdout:
                    try:
                        message = json.loads(line)
                    except ValueError:
                        print("not a message:", line[:200], file=sys.stderr)
                        continue
                    if not isinstance(message, dict):
                        continue
                    if "method" not in message:
                        self.answers.put(message)
                    elif message["method"] == "ping":
                        self.send({"jsonrpc": "2.0", "id": message.get("id"), "result": {}})
                    elif "id" in message:  # a function can't ask its caller anything
                        refusal = {"code": -32601, "message": "not available in a Lambda function"}
                        self.send({"jsonrpc": "2.0", "id": message["id"], "error": refusal})
                self.answers.put(None)

            def send(self, message):
                self.process.stdin.write(json.dumps(message).encode() + b"\n")
                self.process.stdin.flush()

            def ask(self, message, seconds):
                """The answer to a message that has an id. Raises when the server ends or takes too long."""
                self.send(message)
                while True:
                    try:
                        answer = self.answers.get(timeout=seconds)
                    except queue.Empty:
                        raise TimeoutError(f"the MCP server gave no answer within {seconds:.0f} s") from None
                    if answer is None:
                        raise RuntimeError(f"the MCP server ended with status {self.process.wait()}")
                    if answer.get("id") == message["id"]:
                        return answer

            def greet(self, seconds):
                client = {"name": "lambda", "version": "1"}
                params = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}
                answer = self.ask({"jsonrpc": "2.0", "id": "greeting", "method": "initialize", "params": params}, seconds)
                if "error" in answer:
                    raise RuntimeError(f"the MCP server refused to begin: {answer['error'].get('message')}")
                self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

            def stop(self):
                self.process.kill()
                self.process.wait()


        server = None


        def handler(message, context):
            global server
            seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE if context else 60
            try:
                if server is None:
                    server = Server()
                    server.greet(seconds)
                return server.ask(message, seconds)
            except Exception:
                # Nobody knows what state it is in; the next call starts another.
                if server is not None:
                    server.stop()
                server = None
                raise


        atexit.register(lambda: server and server.stop())

        """#
}
