import { afterEach, describe, expect, it } from "vitest";
import { GuestAgent } from "../../src/guest/agent.js";
import { failureFrom } from "../experiment/failure-of.js";
import { ControlServer, until, type Behaviour } from "./control-server.js";

type Message = Record<string, unknown>;

const open: { close?: () => void; server: ControlServer }[] = [];
afterEach(async () => {
  for (const { close, server } of open.splice(0)) {
    close?.();
    await server[Symbol.asyncDispose]();
  }
});

async function listen(answer: NonNullable<Behaviour["answer"]>): Promise<ControlServer> {
  const server = await ControlServer.listen({ answer });
  open.push({ server });
  return server;
}

const tokenOf = (message: Message) => (message.arguments as { id: number }).id;
const isSync = (message: Message) => message.execute === "guest-sync-delimited";

/** As qemu-ga answers guest-sync-delimited: 0xFF first. */
function answerSync(message: Message, server: ControlServer): void {
  server.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return": ${tokenOf(message)}}\n`)]));
}

/** An agent that answers the synchronization by itself, and the rest as told. */
async function connected(
  answer: NonNullable<Behaviour["answer"]>,
  given: { signal?: AbortSignal; silenceMs?: number } = {},
) {
  const server = await listen((message, to) => {
    if (isSync(message)) answerSync(message, to);
    else answer(message, to);
  });
  const agent = await GuestAgent.connect(server.path, 60_000, given.signal, given.silenceMs);
  open.push({
    server,
    close: () => {
      agent.close();
    },
  });
  return { server, agent };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A guest in which every command runs for some polls and then ends as told. */
function guestWith(exit: Message, polls = 1): NonNullable<Behaviour["answer"]> {
  let asked = 0;
  return (message, to) => {
    if (message.execute === "guest-exec") to.send({ return: { pid: 42 } });
    else to.send({ return: asked++ < polls ? { exited: false } : { exited: true, ...exit } });
  };
}

describe("GuestAgent.connect", () => {
  it("clears the agent's parser before each synchronization", async () => {
    const { server } = await connected(() => undefined);
    expect(server.received).toEqual([
      "delimiter",
      { execute: "guest-sync-delimited", arguments: { id: expect.any(Number) as number } },
    ]);
  });

  it("asks again until an agent listens: what was asked before it booted is lost", async () => {
    let asked = 0;
    const server = await listen((message, to) => {
      if (++asked === 2) answerSync(message, to);
    });
    const agent = await GuestAgent.connect(server.path, 60_000);
    agent.close();
    const tokens = server.received.filter((message) => message !== "delimiter").map(tokenOf);
    expect(new Set(tokens).size).toBe(2);
  });

  it("takes no stale answer for its own: not an earlier client's, not that of an earlier token", async () => {
    const asked: Message[] = [];
    const server = await listen((message, to) => {
      if (!isSync(message)) {
        to.send({ return: { pid: 7 } });
        return;
      }
      asked.push(message);
      const [first] = asked;
      if (asked.length === 1 || first === undefined) return;
      to.write(
        '{"return": {"pid": 1}}\n{"return": 5}\n{"error": {"class": "GenericError", "desc": "old"}}\n"d"}\n',
      );
      answerSync(first, to);
      answerSync(message, to);
    });
    const agent = await GuestAgent.connect(server.path, 60_000);
    expect(await agent.start(["iperf3"])).toEqual({ pid: 7 });
    agent.close();
  });

  it("gives up after the time it was given, and closes the port", async () => {
    const server = await listen(() => undefined);
    const failure = await failureFrom(GuestAgent.connect(server.path, 0));
    expect(failure.line).toBe(`${server.path}: the guest agent did not answer within 0 s`);
    await until(() => server.clientGone);
  });

  it("says so when the guest goes away meanwhile", async () => {
    const server = await listen((_, to) => {
      to.hangUp();
    });
    expect((await failureFrom(GuestAgent.connect(server.path, 60_000))).message).toMatch(/control socket/);
  });

  it("ends with the signal's reason, and closes the port", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const server = await listen(() => {
      controller.abort(reason);
    });
    await expect(GuestAgent.connect(server.path, 60_000, controller.signal)).rejects.toBe(reason);
    await until(() => server.clientGone);
  });
});

describe("GuestAgent", () => {
  it("runs a command with its input and environment, and answers with its output", async () => {
    const { server, agent } = await connected(guestWith({ exitcode: 0, "out-data": base64("täp\n") }, 2));
    const output = await agent.exec(["ip", "-batch", "-"], {
      input: "link set eth0 up",
      env: { PATH: "/usr/bin" },
    });
    expect(output).toBe("täp\n");
    expect(server.received.slice(2)).toEqual([
      {
        execute: "guest-exec",
        arguments: {
          path: "ip",
          arg: ["-batch", "-"],
          "capture-output": true,
          "input-data": base64("link set eth0 up"),
          env: ["PATH=/usr/bin"],
        },
      },
      ...Array.from({ length: 3 }, () => ({ execute: "guest-exec-status", arguments: { pid: 42 } })),
    ]);
  });

  it("fails with the command, its exit code and its last words", async () => {
    const { agent } = await connected(guestWith({ exitcode: 2, "err-data": base64("Cannot find device\n") }));
    const failure = await failureFrom(agent.exec(["ip", "link", "set", "eth7", "up"]));
    expect(failure.line).toBe("in the guest: ip link set eth7 up: ended with code 2: Cannot find device");
    expect(failure.kind).toBe("cell");
  });

  it("takes an accepted exit code for an answer", async () => {
    const { agent } = await connected(guestWith({ exitcode: 2, "out-data": base64("none") }));
    expect(await agent.exec(["tc", "qdisc", "delete"], { accept: [2] })).toBe("none");
  });

  it("gives the end of a command that a signal ended as a shell would", async () => {
    const { agent } = await connected(guestWith({ signal: 9 }));
    expect((await agent.run(["busybox", "dd"])).exitCode).toBe(137);
  });

  it("gives up a command that takes too long", async () => {
    const { agent } = await connected(guestWith({}, Infinity));
    const failure = await failureFrom(agent.exec(["sleep", "600"], { timeoutMs: 0 }));
    expect(failure.line).toBe("in the guest: sleep 600: took too long");
  });

  it("ends a command inside the guest once its signal is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const { server, agent } = await connected(guestWith({}, Infinity));
    const running = agent.run(["sleep", "600"], { signal: controller.signal });
    running.catch(() => undefined);
    await until(() => server.received.length > 3);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(server.received.at(-1)).toMatchObject({ arguments: { path: "busybox", arg: ["kill", "42"] } });
  });

  it("hands on the agent's own errors", async () => {
    const { agent } = await connected((_, to) => {
      to.send({ error: { class: "GenericError", desc: "Failed to execute child process “nothing”" } });
    });
    const failure = await failureFrom(agent.start(["nothing"]));
    expect(failure.line).toBe("guest agent: Failed to execute child process “nothing”");
  });

  it("gives answers, which carry no id, to whoever asked first", async () => {
    const held: Message[] = [];
    const { agent } = await connected((message, to) => {
      held.push(message);
      if (held.length < 3) return;
      for (const [index] of held.entries()) {
        if (index === 1) to.send({ error: { desc: "the second failed" } });
        else to.send({ return: { pid: index } });
      }
    });
    const [first, second, third] = [agent.start(["a"]), failureFrom(agent.start(["b"])), agent.start(["c"])];
    expect([await first, (await second).message, await third]).toEqual([
      { pid: 0 },
      "the second failed",
      { pid: 2 },
    ]);
  });

  it("passes over what is no answer at all", async () => {
    const { agent } = await connected((_, to) => {
      to.write('5\n"text"\n{"event": "unheard of"}\n');
      to.send({ return: { pid: 7 } });
    });
    expect(await agent.start(["iperf3"])).toEqual({ pid: 7 });
  });

  it("takes a guest for crashed that stays silent, and all that waits for it with it", async () => {
    const { server, agent } = await connected(() => undefined, { silenceMs: 30 });
    const failures = await Promise.all([
      failureFrom(agent.start(["first"])),
      failureFrom(agent.start(["second"])),
    ]);
    const line = `${server.path}: the guest agent has been silent for 0.03 s; the guest may have crashed`;
    expect(failures.map((failure) => failure.line)).toEqual([line, line]);
    expect((await failureFrom(agent.start(["third"]))).line).toBe(line);
    await until(() => server.clientGone);
  });

  it("rejects what is under way when the guest ends, and every command after it", async () => {
    const { server, agent } = await connected((_, to) => {
      to.hangUp();
    });
    const line = `${server.path}: the guest's control socket closed`;
    expect((await failureFrom(agent.start(["iperf3"]))).line).toBe(line);
    expect((await failureFrom(agent.start(["iperf3"]))).line).toBe(line);
  });
});
