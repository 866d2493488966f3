"""What served.ts asks for, by the bindings of componentize-py."""

from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import monotonic_clock, outgoing_handler, types
from wit_world.imports.streams import StreamError_Closed

count = 0


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request, response_out):
        global count
        url = urlsplit(request.path_with_query())
        if url.path == "/hello":
            name = parse_qs(url.query)["name"][0]
            answer(response_out, 200, [f"Hello, {name}!"], [("x-made-by", b"python")])
        elif url.path == "/echo":
            kind = request.headers().get("content-type")
            answer(response_out, 200, parts(request.consume()), [("content-type", kind[0])])
        elif url.path == "/count":
            count += 1
            answer(response_out, 200, [str(count)])
        elif url.path == "/lines":
            answer(response_out, 200, lines())
        elif url.path == "/nap":
            nap()
            answer(response_out, 200, ["slept"])
        elif url.path == "/fail":
            raise ValueError("meant to fail")
        elif url.path == "/outside":
            try:
                asked = types.OutgoingRequest(types.Fields())
                asked.set_authority("example.com")
                response_of(outgoing_handler.handle(asked, None))
                answer(response_out, 200, ["reached"])
            except Err as error:
                answer(response_out, 502, [str(error.value)])
        elif url.path == "/through":
            try:
                through(request, urlsplit(parse_qs(url.query)["to"][0]), response_out)
            except Err as error:
                answer(response_out, 502, [str(error.value)])
        else:
            answer(response_out, 404, ["no such place"])


def through(request, to, response_out):
    asked = types.OutgoingRequest(types.Fields.from_list([("x-through", b"python")]))
    asked.set_method(request.method())
    asked.set_scheme(types.Scheme_Http())
    asked.set_authority(to.netloc)
    asked.set_path_with_query(to.path)
    out = asked.body()
    future = outgoing_handler.handle(asked, None)
    with out.write() as stream:
        for part in parts(request.consume()):
            stream.blocking_write_and_flush(part)
    types.OutgoingBody.finish(out, None)
    response = response_of(future)
    told = response.headers().get("x-upstream")
    answer(response_out, response.status(), parts(response.consume()), [("x-upstream", told[0])])


def response_of(future):
    with future.subscribe() as pollable:
        pollable.block()
    got = future.get().value
    if isinstance(got, Err):
        raise got
    return got.value


def nap():
    monotonic_clock.subscribe_duration(30_000_000).block()


def lines():
    for line in range(1, 6):
        nap()
        yield f"line {line}\n"


def parts(body):
    with body.stream() as stream:
        try:
            while True:
                yield stream.blocking_read(4096)
        except Err as error:
            if not isinstance(error.value, StreamError_Closed):
                raise
    body.__exit__(None, None, None)


def answer(response_out, status, body, fields=[]):
    response = types.OutgoingResponse(types.Fields.from_list(list(fields)))
    response.set_status_code(status)
    outgoing = response.body()
    types.ResponseOutparam.set(response_out, Ok(response))
    with outgoing.write() as stream:
        for part in body:
            if isinstance(part, str):
                part = part.encode()
            for at in range(0, len(part), 4096):
                stream.blocking_write_and_flush(part[at : at + 4096])
    types.OutgoingBody.finish(outgoing, None)
