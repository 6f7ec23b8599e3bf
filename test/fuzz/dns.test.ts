// Whatever a container sends to the name server: read without an error, answered within what its sender takes, its question repeated.
import { TeuError } from "../../src/base/errors.ts";
import { edns, message } from "../../src/network/dns/messages.fixture.ts";
import { encodeForward, encodeReply, isAnswerTo, isTruncated, RCODE, readQuery, relayed, replyLimit } from "../../src/network/dns/wire.ts";
import { fuzz } from "./harness.ts";

const ANSWERS = Array.from({ length: 200 }, (_, index) => ({ type: 1, ttl: 0, data: Uint8Array.of(10, 0, 0, index) }));

fuzz({
  name: "a name server's question",
  seeds: [
    message(),
    message({ name: "a.b.example", type: 28, rest: edns(4096) }),
    message({ name: "", rest: edns(0, { options: [0, 8, 0, 1, 0] }) }),
  ],
  run(input) {
    const received = readQuery(input);
    if (received.kind !== "query") throw new TeuError("invalid", received.kind);
    const { query } = received;
    const limit = replyLimit(query, "udp");
    const reply = encodeReply(query, RCODE.NOERROR, ANSWERS, limit);
    if (reply.length > limit || !isTruncated(reply) || !isAnswerTo(reply, query, query.id)) throw new Error("it is no reply");
    const again = readQuery(encodeForward(query, 7));
    if (again.kind !== "query" || Bun.inspect(again.query.question) !== Bun.inspect(query.question))
      throw new Error("it asks something else");
    if (isAnswerTo(input, query, query.id)) throw new Error("a question answers itself");
    if (input.length >= 12 && relayed(input, query, limit).length > limit) throw new Error("it passes on more than it may");
  },
});
