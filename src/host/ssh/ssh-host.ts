import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { ExecaError } from "execa";
import { z } from "zod";
import { Failure } from "../../failure.js";
import { readAnswer } from "../answer.js";
import {
  type ClockReading,
  type Host,
  type HostFiles,
  NOBODY,
  type SocketPath,
  type TimedCounters,
  type UserIds,
} from "../host.js";
import { parseInterfaceCounters } from "../interface-counters.js";
import { endWith, parseStat, type ProcessIdentity } from "../live-process.js";
import {
  exec as execHere,
  spawn as spawnHere,
  type CommandLine,
  type Exec,
  type ExecOptions,
  type Running,
  type SpawnOptions,
} from "../process.js";
import { readRemoteClock } from "./clock.js";
import { SshConnection, targetName, type SshTarget } from "./connection.js";

/** ssh's own exit code for anything that went wrong with the connection. */
const CONNECTION_FAILED = 255;
/** What sshd counts and limits (MaxSessions, 10 by default): probes and flows have a connection of their own. */
const connectionNames = ["commands", "programs"] as const;

/** What id(1) prints. */
const userIdsSchema = z.object({ uid: z.int().min(0), gid: z.int().min(0) });

/** A machine over SSH. Programs run there as root: by logging in so, or by sudo without a password. */
export class SshHost implements Host {
  private readonly commands: SshConnection;
  private readonly programs: SshConnection;
  private readonly remotePids = new WeakMap<Running, Promise<number>>();
  private forwards = 0;
  private whoLogsIn: UserIds | undefined;

  /** @param dir folder on this machine for control sockets; theirs must be short, as all UNIX sockets' paths. */
  constructor(
    readonly target: SshTarget,
    private readonly dir: string,
  ) {
    const [commands, programs] = connectionNames;
    this.commands = new SshConnection(target, join(dir, `${target.name}-${commands}.ssh`));
    this.programs = new SshConnection(target, join(dir, `${target.name}-${programs}.ssh`));
  }

  get name(): string {
    return targetName(this.target);
  }

  /**
   * Logs in once, becomes root, and says what system it found, e.g. `Linux 6.1.0-56-amd64`.
   *
   * @throws Failure (environment) when it can't.
   */
  static async greet(target: SshTarget): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), "cloudlet-ssh-"));
    const host = new SshHost(target, dir);
    try {
      await host.commands.open();
      return (await host.exec(["uname", "-s", "-r"])).trim();
    } finally {
      await host.disconnect();
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Connects where it is not connected; the connections outlast this process. */
  async connect(signal?: AbortSignal): Promise<void> {
    for (const connection of [this.commands, this.programs]) await connection.open(signal);
  }

  /** @returns whether there was anything to connect again. */
  async reconnect(signal?: AbortSignal): Promise<boolean> {
    const up = await Promise.all([this.commands.isUp(), this.programs.isUp()]);
    if (up.every(Boolean)) return false;
    await this.connect(signal);
    return true;
  }

  async disconnect(): Promise<void> {
    for (const connection of [this.programs, this.commands]) await connection.close();
  }

  readonly exec: Exec = async (command, options = {}) => {
    const { accept = [], env = {}, cwd, timeoutMs, ...local } = options;
    const words = this.asRoot([
      ...(timeoutMs === undefined ? [] : ["timeout", "-k", "1", String(Math.ceil(timeoutMs / 1000))]),
      ...environmentOf(env, cwd),
      ...command,
    ]);
    try {
      return await execHere(this.commands.command(words), {
        ...local,
        // 255 from over there is an answer only if the connection still stands.
        accept: accept.filter((code) => code !== CONNECTION_FAILED),
      });
    } catch (error) {
      return await this.explain(command, accept, error);
    }
  };

  readonly spawn = (command: CommandLine, options: SpawnOptions = {}): Running => {
    const { discardOutput = false, ...rest } = options;
    const script = `echo $$; exec "$@"${discardOutput ? " >/dev/null" : ""}`;
    const words = this.asRoot(["sh", "-c", script, "sh", ...environmentOf({}), ...command]);
    const local = spawnHere(this.programs.command(words), rest);
    const lines = local.lines[Symbol.asyncIterator]();
    const pid = lines.next().then(({ value, done }) => (done === true ? Number.NaN : Number(value)));
    // Whoever never asks for it is not to be told that the connection broke.
    pid.catch(() => undefined);
    const running: Running = {
      ...local,
      lines: after(pid, lines),
      stop: (graceMs = 3000) => this.stop(local, pid, graceMs),
    };
    this.remotePids.set(running, pid);
    return running;
  };

  async startDaemon(command: CommandLine, logFile: string): Promise<ProcessIdentity | undefined> {
    const script = `umask 077; setsid "$@" >>"$0" 2>&1 </dev/null & echo $!`;
    const words = this.asRoot([
      "sh",
      "-c",
      script,
      logFile,
      ...environmentOf({}, posix.dirname(logFile)),
      ...command,
    ]);
    const pid = Number(await execHere(this.commands.command(words)));
    return this.identify(pid);
  }

  /** Who logs in, as whom sshd reaches QEMU's sockets for us; nobody, where that is root. */
  async guestUser(): Promise<UserIds> {
    this.whoLogsIn ??= await this.idsOf(this.target.user);
    return this.whoLogsIn.uid === 0 ? NOBODY : this.whoLogsIn;
  }

  async isAlive({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
    return (await this.identify(pid))?.startTicks === startTicks;
  }

  endProcess(identity: ProcessIdentity): Promise<void> {
    return endWith(
      {
        isAlive: (process) => this.isAlive(process),
        signal: (pid, signal) => this.signal(pid, signal),
      },
      identity,
    );
  }

  /** Ends a program over there that was found by its pid a moment ago. */
  async endPid(pid: number): Promise<void> {
    const identity = await this.identify(pid);
    if (identity !== undefined) await this.endProcess(identity);
  }

  readonly files: HostFiles = {
    exists: async (path) =>
      (await this.exec(["find", path, "-maxdepth", "0"], { accept: [1] }).catch(orLost)) !== "",
    read: (path) => this.exec(["cat", path]),
    write: (path, text) => this.fill(path, { input: text }),
    // Its owner is who logs in: sshd reaches UNIX sockets in there for us as that user.
    makeFolder: async (path) => {
      await this.exec(["install", "-d", "-m", "0700", "-o", this.target.user, path]);
    },
    give: async (path, { uid, gid }) => {
      await this.exec(["chown", `${uid}:${gid}`, path]);
    },
    remove: async (path) => {
      await this.exec(["rm", "-r", "-f", "--", path]);
    },
    send: (localFile, path) => this.fill(path, { inputFile: localFile }),
    fetch: async (path, localFile) => {
      await this.exec(["cat", path], { outputFile: localFile });
    },
  };

  onTerminal(command: CommandLine): CommandLine {
    const terminal = process.stdin.isTTY && process.stdout.isTTY ? ["-t"] : [];
    return this.commands.command(this.asRoot(command), ...terminal);
  }

  async socket(remotePath: string): Promise<SocketPath> {
    await this.exec(["chown", this.target.user, remotePath]);
    const path = join(this.dir, `${this.target.name}-${process.pid}-${++this.forwards}.sock`);
    await this.commands.forward(path, remotePath);
    return { path, close: () => this.commands.cancelForward(path, remotePath) };
  }

  private async idsOf(user: string): Promise<UserIds> {
    const [uid, gid] = (await Promise.all(["-u", "-g"].map((which) => this.exec(["id", which, user])))).map(
      Number,
    );
    return readAnswer(userIdsSchema, { uid, gid }, { kind: "environment", place: `${this.name}: id` });
  }

  /** Makes a UNIX socket of this machine reachable from a path over there. */
  async lendSocket(localPath: string, remotePath: string): Promise<void> {
    await this.programs.forwardBack(remotePath, localPath);
  }

  async readCounters(beside: Running, device: string): Promise<TimedCounters | undefined> {
    const pid = await this.remotePids.get(beside);
    // timer_list begins with the monotonic clock's reading, to the nanosecond; uptime has hundredths only.
    const text = await this.exec(["cat", "/proc/timer_list", `/proc/${pid ?? 0}/net/dev`]);
    const nowNs = /^now at (\d+) nsecs$/m.exec(text)?.[1];
    const counters = parseInterfaceCounters(text, device);
    return counters === undefined || nowNs === undefined
      ? undefined
      : { ...counters, atMs: Number(nowNs) / 1e6 };
  }

  async readClock(): Promise<ClockReading> {
    try {
      return await readRemoteClock(this.spawn);
    } catch (error) {
      throw (await this.programs.isUp()) ? error : this.lost(error);
    }
  }

  /** A file that only its owner may read from its first byte on. */
  private async fill(path: string, content: Pick<ExecOptions, "input" | "inputFile">): Promise<void> {
    await this.exec(["install", "-m", "0600", "/dev/null", path]);
    await this.exec(["dd", `of=${path}`, "bs=1M", "status=none"], content);
  }

  private asRoot(words: readonly string[]): string[] {
    return this.target.user === "root" ? [...words] : ["sudo", "-n", "--", ...words];
  }

  private async identify(pid: number): Promise<ProcessIdentity | undefined> {
    return parseStat(pid, await this.exec(["cat", `/proc/${pid}/stat`], { accept: [1] }));
  }

  private async signal(pid: number, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.exec(["kill", `-${signal.slice(3)}`, String(pid)], { accept: [1] });
  }

  private async stop(local: Running, pid: Promise<number>, graceMs: number): Promise<void> {
    const known = await pid.catch(() => Number.NaN);
    const ended = local.ended.then(() => true as const);
    if (Number.isInteger(known)) {
      for (const [signal, patienceMs] of [
        ["SIGINT", graceMs],
        ["SIGKILL", 5000],
      ] as const) {
        if (await Promise.race([ended, Promise.resolve(false)])) return;
        await this.signal(known, signal).catch(() => undefined);
        const late = new Promise<false>((resolve) => setTimeout(resolve, patienceMs, false).unref());
        if (await Promise.race([ended, late])) return;
      }
    }
    await local.stop(0);
  }

  private lost(cause: unknown): Failure {
    return new Failure(`the SSH connection to ${this.name} was lost`, {
      kind: "environment",
      mend: "see whether the machine still runs and answers; then run it again",
      cause,
    });
  }

  /** Whose fault it was: the connection's, or the command's, which then says it as one of this machine would. */
  private async explain(command: CommandLine, accept: readonly number[], error: unknown): Promise<string> {
    const exit = exitOf(error);
    if (exit?.exitCode === CONNECTION_FAILED) {
      if (!(await this.commands.isUp())) throw this.lost(error);
      if (accept.includes(CONNECTION_FAILED)) return exit.stdout;
    }
    if (!(error instanceof Failure) || error.kind === "interrupted") throw error;
    throw new Failure(error.message, {
      kind: error.kind,
      place: `${this.name}: ${command.join(" ")}`,
      cause: error.cause,
    });
  }
}

/** How a command ended that `exec` made a Failure of. */
function exitOf(error: unknown): { exitCode: number | undefined; stdout: string } | undefined {
  const cause = error instanceof Failure ? error.cause : undefined;
  if (!(cause instanceof ExecaError)) return undefined;
  return { exitCode: cause.exitCode, stdout: typeof cause.stdout === "string" ? cause.stdout : "" };
}

/** What a machine answers that has no such file is not the same as no answer. */
function orLost(error: unknown): string {
  if (exitOf(error)?.exitCode === 1) return "";
  throw error;
}

/** Tools whose output is parsed speak English, and who logs in may have no /sbin on the PATH. */
const fixed = { LC_ALL: "C", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

function environmentOf(env: NonNullable<ExecOptions["env"]>, cwd?: string): string[] {
  const settings = Object.entries({ ...fixed, ...env }).map(([name, value]) => `${name}=${value}`);
  return ["env", ...(cwd === undefined ? [] : [`--chdir=${cwd}`]), ...settings];
}

async function* after(first: Promise<unknown>, lines: AsyncIterator<string>): AsyncGenerator<string> {
  await first;
  for (;;) {
    const next = await lines.next();
    if (next.done === true) return;
    yield next.value;
  }
}
