import { access, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { type Host, type HostFiles, NOBODY } from "./host.js";
import { readInterfaceCounters } from "./interface-counters.js";
import { endProcess, identifyProcess, isAlive } from "./live-process.js";
import { exec, spawn, startDaemon } from "./process.js";
import { monotonicMs, realtimeOffsetMs } from "./wall-clock.js";

/** Watching the wall clock tick gives the offset within some 20 µs. */
const CLOCK_BOUND_MS = 0.05;

const files: HostFiles = {
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  read: (path) => readFile(path, "utf8"),
  write: (path, text) => writeFile(path, text, { mode: 0o600 }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  give: (path, { uid, gid }) => chown(path, uid, gid),
  remove: (path) => rm(path, { recursive: true, force: true }),
  send: () => Promise.resolve(),
  fetch: () => Promise.resolve(),
};

/** The machine that the harness itself runs on. */
export const localHost: Host = {
  name: "this machine",
  exec,
  spawn,
  // Only root can hand anything over.
  guestUser: () => Promise.resolve(process.getuid?.() === 0 ? NOBODY : null),
  startDaemon: async (command, logFile, options) =>
    identifyProcess(await startDaemon(command, logFile, options)),
  isAlive,
  endProcess,
  files,
  onTerminal: (command) => command,
  socket: (path) => Promise.resolve({ path, close: () => Promise.resolve() }),
  readCounters: ({ pid }, device) => {
    const counters = readInterfaceCounters(pid, device);
    return Promise.resolve(counters && { ...counters, atMs: monotonicMs() });
  },
  readClock: () => Promise.resolve({ offsetMs: realtimeOffsetMs(), boundMs: CLOCK_BOUND_MS }),
};
