import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Failure } from "../../src/failure.js";
import { JsonLines } from "../../src/guest/json-lines.js";
import { failureOf } from "../experiment/failure-of.js";
import { ControlServer, until, type Behaviour } from "./control-server.js";

async function connected(behaviour: Behaviour = {}) {
  const server = await ControlServer.listen(behaviour);
  const messages: unknown[] = [];
  const closed: Failure[] = [];
  const lines = await JsonLines.connect(
    server.path,
    (message) => messages.push(message),
    (why) => closed.push(why),
  );
  await until(() => server.accepted);
  return { server, messages, closed, lines };
}

describe("JsonLines", () => {
  it("sends one JSON text a line", async () => {
    const { server, lines } = await connected();
    lines.send({ execute: "stop" });
    lines.send({ text: "two\nlines" });
    await until(() => server.received.length === 2);
    expect(server.received).toEqual([{ execute: "stop" }, { text: "two\nlines" }]);
    await server[Symbol.asyncDispose]();
  });

  it("puts messages together that arrive in pieces, and tells those apart that arrive at once", async () => {
    const { server, messages } = await connected();
    server.write('{"a":');
    await new Promise((resolve) => setTimeout(resolve, 5));
    server.write('1}\r\n{"b":2}\n{"c"');
    server.write(":3}\n");
    await until(() => messages.length === 3);
    expect(messages).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    await server[Symbol.asyncDispose]();
  });

  it("keeps a character whose bytes arrive apart", async () => {
    const { server, messages } = await connected();
    const bytes = Buffer.from('{"name":"é"}\n');
    const middle = bytes.indexOf(0xc3) + 1;
    server.write(bytes.subarray(0, middle));
    await new Promise((resolve) => setTimeout(resolve, 5));
    server.write(bytes.subarray(middle));
    await until(() => messages.length === 1);
    expect(messages).toEqual([{ name: "é" }]);
    await server[Symbol.asyncDispose]();
  });

  it("reads an answer behind the guest agent's 0xFF, and passes over what is no JSON", async () => {
    const { server, messages } = await connected();
    server.write('leted": true}\n\n   \n');
    server.write(Buffer.concat([Buffer.from([0xff]), Buffer.from('{"return":7}\n')]));
    await until(() => messages.length === 1);
    expect(messages).toEqual([{ return: 7 }]);
    await server[Symbol.asyncDispose]();
  });

  it("says when the other end closes, and refuses to send from then on", async () => {
    const { server, closed, lines } = await connected();
    server.hangUp();
    await until(() => closed.length === 1);
    expect(closed[0]).toMatchObject({ kind: "cell", place: server.path });
    const refusal = failureOf(() => {
      lines.send({ execute: "stop" });
    });
    expect(refusal.line).toBe(`${server.path}: the guest's control socket is closed`);
    await server[Symbol.asyncDispose]();
  });

  it.skipIf(process.platform !== "linux")(
    "survives a program that Linux kills before it has read everything",
    async () => {
      // The kernel then answers with ECONNRESET instead of an end of file.
      const { server, closed, lines } = await connected({ deaf: true });
      lines.send({ execute: "query-migrate" });
      await new Promise((resolve) => setTimeout(resolve, 20));
      server.hangUp();
      await until(() => closed.length === 1);
      expect(closed[0]?.cause).toMatchObject({ code: "ECONNRESET" });
      await server[Symbol.asyncDispose]();
    },
  );

  it("closes on a line that has no end, and says so", async () => {
    const { server, messages, closed } = await connected();
    const piece = Buffer.alloc(2 ** 22, "x");
    for (let written = 0; written <= 64 * 2 ** 20; written += piece.length) server.write(piece);
    await until(() => closed.length === 1);
    expect(closed[0]).toMatchObject({ kind: "cell", place: server.path });
    expect(closed[0]?.message).toMatch(/a line of more than 64 MiB/);
    expect(messages).toEqual([]);
    await server[Symbol.asyncDispose]();
  });

  it("closes once for both ends", async () => {
    const { server, closed, lines } = await connected();
    lines.close();
    lines.close();
    await until(() => closed.length > 0);
    expect(closed).toHaveLength(1);
    await server[Symbol.asyncDispose]();
  });

  it("rejects where nobody listens", async () => {
    const server = await ControlServer.listen();
    const nowhere = join(server.dir, "nowhere.sock");
    const connecting = JsonLines.connect(
      nowhere,
      () => undefined,
      () => undefined,
    );
    await expect(connecting).rejects.toMatchObject({ code: "ENOENT" });
    await server[Symbol.asyncDispose]();
  });
});
