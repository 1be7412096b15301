import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import { readAnswer } from "../host/answer.js";
import { forOwnerOnly } from "../host/umask.js";
import type { Guest } from "./guest.js";

const CONNECT_MS = 10_000;

/**
 * Saving and restoring a whole guest: a migration to and from a file, through a UNIX socket, so
 * that every cell starts from the same booted, filled guest without booting and filling one.
 */
export async function saveState(guest: Guest, file: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  const server = createServer();
  const uri = await listenIn(guest, server, "save.sock");
  try {
    const accepted = once(server, "connection", { signal: AbortSignal.timeout(CONNECT_MS) });
    await guest.qmp.execute("stop");
    await guest.qmp.execute("migrate-set-parameters", { "max-bandwidth": 2 ** 40 });
    await guest.qmp.execute("migrate", { uri });
    const [stream] = (await accepted) as [NodeJS.ReadableStream];
    await pipeline(stream, createWriteStream(part, { mode: 0o600 }));
    await untilStatus(guest, (status) => status === "completed");
    await rename(part, file);
  } finally {
    server.close();
    await rm(part, { force: true });
  }
}

/** Fills a guest that was started with `incoming` from a saved state; it runs when this resolves. */
export async function restoreState(guest: Guest, file: string): Promise<void> {
  const name = "restore.sock";
  await guest.qmp.execute("migrate-incoming", { uri: uriOf(name) });
  const stream = connect(join(guest.dir, name));
  await once(stream, "connect");
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), stream);
  } catch (cause) {
    throw new Failure(`QEMU closed its socket within the guest's saved state: ${await guest.lastWords()}`, {
      kind: "environment",
      place: guest.dir,
      cause,
    });
  }
  await untilLoaded(guest, 60_000);
  await guest.qmp.execute("cont");
}

/**
 * Starts a migration to nowhere and cancels it. Where QEMU syncs its dirty bitmap page by page (see
 * `needsPerPageSync`), the first sync after the start of the process finds every page dirty and stops the
 * guest for a good half second; done here, that does not fall into the migration that is measured.
 */
export async function settleDirtyBitmap(guest: Guest): Promise<void> {
  const server = createServer((stream) => stream.on("error", () => undefined).resume());
  const uri = await listenIn(guest, server, "settle.sock");
  try {
    await guest.qmp.execute("migrate", { uri });
    await untilStatus(
      guest,
      (status) => status === "active" || status === "completed" || status === "failed",
    );
    await guest.qmp.execute("migrate_cancel");
    await untilStatus(guest, (status) => status === "cancelled");
  } finally {
    server.close();
  }
}

/** By its name alone: QEMU works in its own folder, and those above are closed to its user. */
const uriOf = (socketName: string) => `unix:${socketName}`;

/** Listens on a socket in the guest's folder that its QEMU may connect to, and nobody else; says where for QEMU. */
async function listenIn({ host, dir }: Guest, server: Server, socketName: string): Promise<string> {
  const socket = join(dir, socketName);
  // A UNIX socket is bound before `listen` returns: a chmod afterwards would come too late.
  forOwnerOnly(() => server.listen(socket));
  await once(server, "listening");
  const user = await host.guestUser();
  if (user !== null) await host.files.give(socket, user);
  return uriOf(socketName);
}

const migrateInfo = z.object({ status: z.string().optional(), "error-desc": z.string().optional() });

/** Waits for a status of query-migrate. */
async function untilStatus(
  guest: Guest,
  reached: (status: string) => boolean,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const info = readAnswer(migrateInfo, await guest.qmp.execute("query-migrate"), {
      kind: "environment",
      place: "query-migrate",
    });
    const status = info.status ?? "none";
    if (reached(status)) return;
    if (status === "failed" || performance.now() > deadline) {
      throw new Failure(`QEMU could not write the guest's state out: ${info["error-desc"] ?? status}`, {
        kind: "environment",
        place: guest.dir,
      });
    }
    await sleep(20);
  }
}

async function untilLoaded(guest: Guest, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { status } = readAnswer(z.object({ status: z.string() }), await guest.qmp.execute("query-status"), {
      kind: "environment",
      place: "query-status",
    });
    if (status === "paused") return;
    if (status === "internal-error" || performance.now() > deadline) {
      throw new Failure(`the saved guest state could not be restored (QEMU says ${status})`, {
        kind: "environment",
        place: guest.dir,
      });
    }
    await sleep(20);
  }
}
