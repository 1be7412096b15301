import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SshHost } from "../../../src/host/ssh/ssh-host.js";
import { failureFrom } from "../../experiment/failure-of.js";

/** Stands in for OpenSSH: the other machine is this one, and its login shell is sh. */
const ssh = `#!/bin/sh
for last; do :; done
case " $* " in
  *" -O check "*) test ! -e "$(dirname "$0")/lost" ;;
  *" -O "*) exit 0 ;;
  *) test ! -e "$(dirname "$0")/lost" || exit 255; exec sh -c "$last" ;;
esac
`;
/** Becomes nobody else. */
const sudo = '#!/bin/sh\nshift 2\nexec "$@"\n';

let folder: string;
let host: SshHost;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-ssh-"));
  for (const [name, text] of Object.entries({ ssh, sudo })) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
  const user = userInfo().username;
  host = new SshHost(
    {
      ...{ name: "vm1", address: "192.0.2.7", port: 22, user },
      ...{ identityFile: null, knownHosts: null, throughNamespace: null },
    },
    folder,
  );
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const lose = () => writeFile(join(folder, "lost"), "");

describe("SshHost.exec", () => {
  it("runs a command with its input, its environment and its folder, and answers with its output", async () => {
    expect(await host.exec(["printf", "%s|", "a b", "$HOME", "'"])).toBe("a b|$HOME|'|");
    expect(await host.exec(["cat"], { input: "said\n" })).toBe("said");
    expect(await host.exec(["sh", "-c", "echo $WHO"], { env: { WHO: "x; y" } })).toBe("x; y");
    expect(await host.exec(["pwd"], { cwd: "/" })).toBe("/");
  });

  it("says where a command failed, and how", async () => {
    const failure = await failureFrom(host.exec(["sh", "-c", "echo no such thing >&2; exit 3"]));
    expect(failure.place).toMatch(/^vm1 \(.*@192\.0\.2\.7\): sh -c /);
    expect(failure.message).toBe("ended with code 3: no such thing");
  });

  it("takes exit codes for an answer that are one, ssh's own included while the connection stands", async () => {
    expect(await host.exec(["sh", "-c", "echo none; exit 1"], { accept: [1] })).toBe("none");
    expect(await host.exec(["sh", "-c", "echo none; exit 255"], { accept: [1, 255] })).toBe("none");
  });

  it("tells a lost connection from whatever else may be wrong", async () => {
    await lose();
    const failure = await failureFrom(host.exec(["true"], { accept: [255] }));
    expect(failure.kind).toBe("environment");
    expect(failure.message).toMatch(/^the SSH connection to vm1 \(.*\) was lost$/);
  });

  it("says so as well where it is asked for the time", async () => {
    await lose();
    expect((await failureFrom(host.readClock())).message).toMatch(/was lost$/);
  });

  it("ends a command that takes too long over there, too", async () => {
    expect((await failureFrom(host.exec(["sleep", "600"], { timeoutMs: 200 }))).message).toMatch(
      /too long|ended with code 124/,
    );
  });
});

describe.skipIf(process.platform !== "linux")("SshHost.spawn", () => {
  it("gives the program's lines and nothing else", async () => {
    const lines: string[] = [];
    for await (const line of host.spawn(["printf", "one\ntwo\n"]).lines) lines.push(line);
    expect(lines).toEqual(["one", "two"]);
  });

  it("ends the program over there as Ctrl-C would, and says how it ended", async () => {
    const running = host.spawn([
      "sh",
      "-c",
      'trap "echo stopped >&2; exit 7" INT; while :; do sleep 0.01; done',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await running.stop();
    expect(await running.ended).toEqual({ exitCode: 7, stderr: "stopped" });
  });

  it("insists where a program does not listen", async () => {
    const running = host.spawn(["sh", "-c", 'trap "" INT; while :; do sleep 0.01; done'], {
      discardOutput: true,
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await running.stop(50);
    expect((await running.ended).exitCode).not.toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("SshHost.startDaemon", () => {
  it("leaves a program running that outlives the connection, and ends exactly that", async () => {
    const log = join(folder, "log");
    const daemon = await host.startDaemon(["sh", "-c", "echo up; exec sleep 600"], log);
    if (daemon === undefined) throw new Error("it did not start");
    expect(await host.isAlive(daemon)).toBe(true);
    expect(await host.isAlive({ ...daemon, startTicks: daemon.startTicks - 1 })).toBe(false);
    await host.endProcess(daemon);
    expect(await host.isAlive(daemon)).toBe(false);
    expect(await readFile(log, "utf8")).toBe("up\n");
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });
});

describe("SshHost.guestUser", () => {
  it("is who logs in, and nobody where that is root", async () => {
    const { uid, gid } = userInfo();
    const nobody = { uid: 65_534, gid: 65_534 };
    expect(await host.guestUser()).toEqual(uid === 0 ? nobody : { uid, gid });
    const asDaemon = new SshHost({ ...host.target, user: "daemon" }, folder);
    expect(await asDaemon.guestUser()).not.toEqual(nobody);
  });

  it("is refused for a user whom that machine does not know", async () => {
    const stranger = new SshHost({ ...host.target, user: "no-such-user" }, folder);
    expect((await failureFrom(stranger.guestUser())).message).toMatch(/ended with code 1/);
  });
});

describe.skipIf(process.platform !== "linux")("SshHost.files", () => {
  it("writes, reads, looks for and removes files, none of them for others to read", async () => {
    const path = join(folder, "a file; rm -rf");
    expect(await host.files.exists(path)).toBe(false);
    await host.files.write(path, "text\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await host.files.read(path)).toBe("text");
    expect(await host.files.exists(path)).toBe(true);
    await host.files.remove(path);
    expect(await host.files.exists(path)).toBe(false);
    const dir = join(folder, "new", "folder");
    await host.files.makeFolder(dir);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  it("carries bytes there and back unchanged", async () => {
    const [here, there, back] = ["here", "there", "back"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    await writeFile(here, bytes);
    await host.files.send(here, there);
    await host.files.fetch(there, back);
    expect(Buffer.compare(await readFile(back), bytes)).toBe(0);
  });

  it("does not take a lost connection for a file that is not there", async () => {
    await lose();
    expect((await failureFrom(host.files.exists("/"))).message).toMatch(/was lost/);
  });
});
