import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import { identifyProcess, isAlive } from "../live-process.js";
import { exec, startDaemon, type CommandLine } from "../process.js";
import { quoteWords } from "./quote.js";

/** A machine to be reached over SSH, with keys only: nothing here ever asks for a password. */
export interface SshTarget {
  /** As the lab names it, e.g. `vm1`. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** null: whatever ssh finds by itself, an agent included. */
  readonly identityFile: string | null;
  /** null: the user's own known hosts, where the machine must be listed already. */
  readonly knownHosts: KnownHosts | null;
  /** Network namespace of this machine from which it is reached; null: its own. */
  readonly throughNamespace: string | null;
}

/** Known hosts of machines that the harness has made itself and nobody else can reach. */
export interface KnownHosts {
  readonly file: string;
}

export const targetName = ({ name, user, address }: SshTarget) => `${name} (${user}@${address})`;

const CONNECT_PATIENCE_MS = 30_000;

/** One connection to a machine (ssh(1), ControlMaster), shared by any number of commands and by later processes. */
export class SshConnection {
  constructor(
    readonly target: SshTarget,
    /** Its control socket on this machine; a file beside it keeps what ssh says. */
    private readonly controlPath: string,
  ) {}

  /**
   * Connects unless it is connected already.
   *
   * @throws Failure (environment) with ssh's own words when it can't.
   */
  async open(signal?: AbortSignal): Promise<void> {
    if (await this.isUp()) return;
    const log = `${this.controlPath}.log`;
    await rm(this.controlPath, { force: true });
    await rm(log, { force: true });
    const master = await identifyProcess(await startDaemon(this.masterCommand(), log));
    const deadline = performance.now() + CONNECT_PATIENCE_MS;
    while (!(await this.isUp())) {
      signal?.throwIfAborted();
      const ended = master === undefined || !(await isAlive(master));
      if (ended || performance.now() > deadline) throw await this.unreachable(log);
      await sleep(50);
    }
  }

  async isUp(): Promise<boolean> {
    try {
      await exec(this.control("check"));
      return true;
    } catch {
      return false;
    }
  }

  /** The command line here that runs words over there. With the connection gone it fails; it never opens another. */
  command(words: readonly string[], ...options: string[]): CommandLine {
    return [
      "ssh",
      ...this.reuse,
      ...["-o", "ProxyCommand=false", "-o", "LogLevel=ERROR"],
      ...options,
      this.destination,
      "--",
      quoteWords(words),
    ];
  }

  /** Reaches a UNIX socket over there from a path here (ssh -L). */
  async forward(localPath: string, remotePath: string): Promise<void> {
    await exec(this.control("forward", "-L", `${localPath}:${remotePath}`));
  }

  /** Reaches a UNIX socket here from a path over there (ssh -R). */
  async forwardBack(remotePath: string, localPath: string): Promise<void> {
    await exec(this.control("forward", "-R", `${remotePath}:${localPath}`));
  }

  async cancelForward(localPath: string, remotePath: string): Promise<void> {
    await exec(this.control("cancel", "-L", `${localPath}:${remotePath}`)).catch(() => undefined);
    await rm(localPath, { force: true });
  }

  async close(): Promise<void> {
    await exec(this.control("exit")).catch(() => undefined);
  }

  private masterCommand(): CommandLine {
    const { port, identityFile, knownHosts, throughNamespace } = this.target;
    const ssh = [
      ...["ssh", "-M", "-N", "-S", this.controlPath, "-p", String(port)],
      ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=15"],
      ...["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "ExitOnForwardFailure=no"],
      ...["-o", "StreamLocalBindUnlink=yes", "-o", "StreamLocalBindMask=0177"],
      ...(identityFile === null ? [] : ["-o", "IdentitiesOnly=yes", "-i", identityFile]),
      ...(knownHosts === null
        ? ["-o", "StrictHostKeyChecking=yes"]
        : [
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            `UserKnownHostsFile=${knownHosts.file}`,
          ]),
      this.destination,
    ] as const;
    return throughNamespace === null ? ssh : ["ip", "netns", "exec", throughNamespace, ...ssh];
  }

  private control(request: string, ...args: string[]): CommandLine {
    return ["ssh", ...this.reuse, "-O", request, ...args, this.destination];
  }

  /** Its own settings only: the master's are in force. */
  private get reuse(): string[] {
    return ["-F", "none", "-S", this.controlPath, "-o", "ControlMaster=no", "-o", "BatchMode=yes"];
  }

  private get destination(): string {
    return `${this.target.user}@${this.target.address}`;
  }

  private async unreachable(log: string): Promise<Failure> {
    const words = (await readFile(log, "utf8").catch(() => "")).trim().split(/[\r\n]+/);
    const said = words.slice(-2).join(" / ");
    const unknownKey = /host key verification failed/i.test(said);
    return new Failure(`no SSH connection to ${targetName(this.target)}: ${said || "it did not answer"}`, {
      kind: "environment",
      mend: unknownKey
        ? `check its key and enter it into your known hosts: ssh ${this.destination}`
        : `check that this works without a password: ssh -p ${this.target.port} ${this.destination}`,
    });
  }
}
