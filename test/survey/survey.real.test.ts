import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { captureOutput } from "@oclif/test";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import Survey from "../../src/commands/survey.js";
import { exec, spawn } from "../../src/host/process.js";
import { surveyRecordSchema } from "../../src/survey/schema.js";
import { CapturedEdge } from "../cli/captured-edge.js";
import { requirePrograms } from "../real/require-programs.js";

requirePrograms({ iperf3: ["iperf3", "--version"], ping: ["ping", "-V"] });

const root = join(import.meta.dirname, "../..");

/** A port of this machine's own that nobody else listens on, and the one who does now. */
async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

async function freePort(): Promise<number> {
  const { server, port } = await listen();
  server.close();
  await once(server, "close");
  return port;
}

describe("cloudlet survey on the loopback interface", () => {
  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-survey-"));
    process.exitCode = undefined;
  });
  afterEach(async () => {
    process.exitCode = undefined;
    await rm(out, { recursive: true, force: true });
  });

  /** What Ctrl-C calls while a survey is under way. */
  let end: (() => void) | undefined;
  async function survey(...argv: string[]) {
    const captured = new CapturedEdge();
    class Captured extends Survey {
      protected override readonly edge = {
        ...captured.edge,
        onEndRequest: (listener: () => void) => {
          end = listener;
          return () => (end = undefined);
        },
      };
    }
    const { error } = await captureOutput(() => Captured.run([...argv, "--out", join(out, "survey")], root));
    return { err: captured.err, exit: error?.oclif?.exit ?? process.exitCode ?? 0 };
  }

  it("measures an iperf3 server, and has a row with the reason for each host that it can't", async () => {
    const port = await freePort();
    const refused = await freePort();
    // Takes the connection and says nothing: no iperf3.
    const silent = await listen();
    const iperf = spawn(["iperf3", "--server", "--bind", "127.0.0.1", "--port", String(port)], {
      discardOutput: true,
    });
    try {
      while ((await exec(["ss", "-tlnH", "sport", "=", `:${port}`])) === "") await sleep(20);
      const hosts = [port, refused, silent.port].map((each) => `127.0.0.1:${each}`);
      const { exit, err } = await survey(...hosts, "name.invalid");
      expect(err).toBe("");
      expect(exit, "something is missing of three hosts").toBe(4);
    } finally {
      await iperf.stop();
      silent.server.close();
    }
    const record = surveyRecordSchema.parse(
      JSON.parse(await readFile(join(out, "survey/survey.json"), "utf8")),
    );
    const [good, closed, mute, unknown] = record.hosts;
    expect(good).toMatchObject({ address: "127.0.0.1", errors: [] });
    expect(good?.ping?.rttsMs).toHaveLength(10);
    expect(good?.iperf?.intervals).toHaveLength(10);
    expect(good?.iperf?.receivedBytes).toBeGreaterThan(1e6);
    expect(closed?.errors.join()).toMatch(/refused/);
    expect(mute?.errors.join()).toMatch(/took too long/);
    expect(unknown?.errors.join()).toMatch(/does not resolve/);
    const rows = parse<Record<string, string>>(await readFile(join(out, "survey/table-4-2.csv"), "utf8"), {
      columns: true,
    });
    expect(rows.map(({ throughputMbit }) => throughputMbit !== "")).toEqual([true, false, false, false]);
    expect(Number(rows[0]?.rttMs)).toBeGreaterThan(0);
  });

  it("writes nothing when it is ended before its end", async () => {
    const port = await freePort();
    const running = survey(`127.0.0.1:${port}`);
    while (end === undefined) await sleep(10);
    end();
    expect((await running).exit).toBe(130);
    expect(await readdir(out)).toEqual([]);
  });
});
