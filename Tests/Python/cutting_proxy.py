"""A proxy that loses connections: what a client sees when its network goes away in the middle of an answer.

It passes bytes on both ways, and closes a connection once the answer on it holds `mark`, as often as `cuts` says.
"""

import asyncio


class CuttingProxy:
    def __init__(self, host, port, mark, cuts=1):
        self.host, self.port, self.mark, self.cuts = host, port, mark, cuts
        self.heads = []  # the first line and the headers of each request, in lower case

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.own_port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        there = asyncio.create_task(self.pass_on(reader, far_writer, is_answer=False))
        back = asyncio.create_task(self.pass_on(far_reader, writer, is_answer=True))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the loop ends
        finally:
            for task in (there, back):
                task.cancel()
            for each in (writer, far_writer):
                each.close()

    async def pass_on(self, reader, writer, is_answer):
        seen = b""
        try:
            while data := await reader.read(65536):
                seen = (seen if is_answer else b"") + data
                if not is_answer and data[:5] in (b"POST ", b"GET /", b"DELET"):
                    self.heads.append(data.split(b"\r\n\r\n")[0].decode(errors="replace").lower())
                writer.write(data)
                await writer.drain()
                if is_answer and self.cuts > 0 and self.mark in seen:
                    self.cuts -= 1
                    return
        except OSError:
            pass
