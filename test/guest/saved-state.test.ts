import { connect, createServer, type Server } from "node:net";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restoreState, saveState, settleDirtyBitmap } from "../../src/guest/saved-state.js";
import { failureFrom } from "../experiment/failure-of.js";
import { until } from "./control-server.js";
import { FakeQemu, type Answers } from "./fake-qemu.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-state-"));
});
const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const state = Buffer.alloc(3_000_000, "memory");
const pathOf = (args: Record<string, unknown>, dir: string) =>
  join(dir, String(args.uri).replace(/^unix:/, ""));

async function qemu(answers: Answers, log?: string[]): Promise<FakeQemu> {
  const fake = await FakeQemu.start(answers, log);
  started.push(fake);
  return fake;
}

/** A QEMU that writes its state to whatever socket `migrate` names. */
function migratesOut(end: { status: string; "error-desc"?: string }): Answers {
  let info: Record<string, unknown> = {};
  return {
    migrate: (args, folder) => {
      info = { status: "active" };
      const stream = connect(pathOf(args, folder));
      stream.end(state, () => {
        info = end;
      });
    },
    migrate_cancel: () => {
      info = { status: "cancelled" };
    },
    "query-migrate": () => info,
  };
}

describe("saveState", () => {
  it("stops the guest and writes all of its state, without a limit on the rate", async () => {
    const log: string[] = [];
    const fake = await qemu(migratesOut({ status: "completed" }), log);
    await saveState(fake.guest, join(dir, "vm3.state"));
    expect(state.equals(await readFile(join(dir, "vm3.state")))).toBe(true);
    expect(log.slice(0, 3)).toEqual(["stop", "migrate-set-parameters", "migrate"]);
    expect(fake.commands("migrate-set-parameters")).toEqual([{ "max-bandwidth": 2 ** 40 }]);
  });

  it("leaves nothing half-made behind when QEMU fails, and hands on its reason", async () => {
    const fake = await qemu(migratesOut({ status: "failed", "error-desc": "Unable to write to socket" }));
    const failure = await failureFrom(saveState(fake.guest, join(dir, "vm3.state")));
    expect(failure.message).toBe("QEMU could not write the guest's state out: Unable to write to socket");
    expect(failure.kind).toBe("environment");
    expect(await readdir(dir)).toEqual([]);
  });
});

describe("restoreState", () => {
  it("feeds the whole state in and lets the guest run once it is loaded", async () => {
    const file = join(dir, "vm3.state");
    await writeFile(file, state);
    const received: Buffer[] = [];
    const servers: Server[] = [];
    const log: string[] = [];
    const size = () => received.reduce((sum, { length }) => sum + length, 0);
    const fake = await qemu(
      {
        "migrate-incoming": (args, folder) => {
          servers.push(
            createServer((stream) => stream.on("data", (bytes: Buffer) => received.push(bytes))).listen(
              pathOf(args, folder),
            ),
          );
        },
        "query-status": () => ({ status: size() < state.length ? "inmigrate" : "paused" }),
      },
      log,
    );
    await restoreState(fake.guest, file);
    expect(state.equals(Buffer.concat(received))).toBe(true);
    expect([log[0], log.at(-1)]).toEqual(["migrate-incoming", "cont"]);
    for (const server of servers) server.close();
  });

  it("says so when QEMU can't take the state", async () => {
    const file = join(dir, "vm3.state");
    await writeFile(file, "not a migration stream");
    const servers: Server[] = [];
    const fake = await qemu({
      "migrate-incoming": (args, folder) => {
        servers.push(createServer((stream) => stream.resume()).listen(pathOf(args, folder)));
      },
      "query-status": () => ({ status: "internal-error" }),
    });
    const failure = await failureFrom(restoreState(fake.guest, file));
    expect(failure.message).toBe("the saved guest state could not be restored (QEMU says internal-error)");
    expect(fake.commands("cont")).toEqual([]);
    for (const server of servers) server.close();
  });
});

describe("settleDirtyBitmap", () => {
  it("starts a migration to nowhere, cancels it, and leaves no socket behind", async () => {
    const log: string[] = [];
    const fake = await qemu(migratesOut({ status: "active" }), log);
    await settleDirtyBitmap(fake.guest);
    expect(log.filter((command) => command !== "query-migrate")).toEqual(["migrate", "migrate_cancel"]);
    const [migrate] = fake.commands("migrate");
    const refused = connect(pathOf(migrate ?? {}, fake.guest.dir));
    let code: unknown;
    refused.on("error", (error: NodeJS.ErrnoException) => (code = error.code));
    await until(() => code !== undefined);
    expect(code).toBe("ENOENT");
  });
});
