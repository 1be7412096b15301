import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { MANIFEST_FILE } from "../../src/record/manifest.js";
import { altered, damagedBytes, hostileText } from "./hostile.js";
import { hostileOutput } from "./hostile-output.js";

/** Something done to a record that lies in `dir`, with `outside` beside it. */
export type Tampering = (dir: string) => Promise<void>;

/** Told by its name and what it was given, where fast-check shows the case that failed. */
const told = (name: string, arbitrary: fc.Arbitrary<Tampering>): fc.Arbitrary<Tampering> =>
  arbitrary.map((deed) => Object.assign((dir: string) => deed(dir), { [fc.toStringMethod]: () => name }));

/** What the tampering is to work on: every file of an intact record by its path. */
export async function filesOf(dir: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(dir.length + 1), await readFile(path));
  }
  return files;
}

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Writes a file and every hash of it, as someone with knowledge of the format would. */
async function forge(dir: string, path: string, content: Uint8Array): Promise<void> {
  const before = sha256(await readFile(join(dir, path)));
  await writeFile(join(dir, path), content);
  const cell = join(dirname(path), "cell.json");
  if (path.endsWith(".gz")) {
    const text = (await readFile(join(dir, cell), "utf8")).replaceAll(before, sha256(content));
    await forge(dir, cell, Buffer.from(text));
  }
  const manifest = await readFile(join(dir, MANIFEST_FILE), "utf8");
  await writeFile(join(dir, MANIFEST_FILE), manifest.replaceAll(before, sha256(content)));
}

/** So many zero bytes, gzipped: a thousandth of it. */
const bombOf = (megabytes: number, head: Buffer): Buffer =>
  gzipSync(Buffer.concat([head, Buffer.alloc(megabytes * 1_000_000)]), { level: 1 });
/** Made once: compressing costs more than any reader may take. */
const bombs = new Map<string, Buffer>();
const bomb = (megabytes: number, head: Buffer): Buffer => {
  const key = `${megabytes} ${head.toString()}`;
  const made = bombs.get(key) ?? bombOf(megabytes, head);
  bombs.set(key, made);
  return made;
};

/** Everything that is done to records here, one deed or two after each other. */
export function tamperings(files: ReadonlyMap<string, Buffer>): fc.Arbitrary<Tampering[]> {
  const paths = [...files.keys()];
  const one = (chosen: (path: string) => boolean) =>
    fc
      .constantFrom(...paths.filter(chosen))
      .map((path) => ({ path, content: files.get(path) ?? Buffer.alloc(0) }));
  const json = one((path) => path.endsWith(".json"));
  const series = one((path) => path.endsWith(".gz"));
  const any = one(() => true);
  const link = fc.constantFrom(
    "/dev/zero",
    "/etc/passwd",
    "fifo",
    "outside/secret",
    "outside",
    "nowhere",
    "record",
  );
  const folderName = fc.constantFrom(
    "cells",
    dirname(paths.find((path) => path.endsWith("cell.json")) ?? ""),
  );

  const values = json.chain(({ path, content }) =>
    altered(JSON.parse(content.toString())).map((value): Tampering => async (dir) => {
      await forge(dir, path, Buffer.from(JSON.stringify(value)));
    }),
  );
  const rows = series.chain(({ path, content }) =>
    hostileOutput(gunzipSync(content).toString()).map((csv): Tampering => async (dir) => {
      await forge(dir, path, gzipSync(csv));
    }),
  );
  const bytes = fc.tuple(any, fc.boolean()).chain(([{ path, content }, forged]) =>
    damagedBytes(content).map((damaged): Tampering => async (dir) => {
      if (forged && path !== MANIFEST_FILE) await forge(dir, path, damaged);
      else await writeFile(join(dir, path), damaged);
    }),
  );
  const gzipBombs = fc
    .tuple(series, fc.constantFrom(1, 70, 300), fc.boolean(), fc.constantFrom(1, 1e6, 2 ** 53 - 1))
    .map(([{ path, content }, megabytes, withHeader, claimed]): Tampering => async (dir) => {
      const head = withHeader ? gunzipSync(content).subarray(0, 60) : Buffer.alloc(0);
      const cell = join(dirname(path), "cell.json");
      const text = (await readFile(join(dir, cell), "utf8")).replaceAll(/"rows": \d+/g, `"rows": ${claimed}`);
      await forge(dir, cell, Buffer.from(text));
      for (const each of paths.filter((other) => other.endsWith(".gz")))
        await forge(dir, each, bomb(megabytes, head));
    });
  const replaced = fc.tuple(any, link).map(([{ path }, target]): Tampering => async (dir) => {
    await rm(join(dir, path));
    await symlink(target.startsWith("/") ? target : join(dirname(dir), target), join(dir, path));
  });
  const folderLinked = fc.tuple(folderName, link).map(([path, target]): Tampering => async (dir) => {
    await rename(join(dir, path), join(dirname(dir), "elsewhere"));
    await symlink(
      target === "record" ? join(dirname(dir), "elsewhere") : join(dirname(dir), target),
      join(dir, path),
    );
  });
  const missing = any.map(
    ({ path }): Tampering =>
      (dir) =>
        rm(join(dir, path)),
  );
  const folderInstead = any.map(({ path }): Tampering => async (dir) => {
    await rm(join(dir, path));
    await mkdir(join(dir, path));
  });
  const foreign = fc
    .tuple(fc.constantFrom("", "cells/", `${dirname(paths[0] ?? "")}/`), hostileText)
    .map(([folder, name]): Tampering => async (dir) => {
      const plain = name.replaceAll(/[/\0]/g, "_").slice(0, 60);
      await writeFile(join(dir, folder, `x${plain}`), "foreign").catch(() => undefined);
    });
  const listed = fc
    .tuple(
      fc.constantFrom("../outside/secret", "/etc/passwd", "cells", ".", "cells/../run.json", "run.json"),
      fc.boolean(),
    )
    .map(([path, twice]): Tampering => async (dir) => {
      const line = `${"0".repeat(64)}  ${path}\n`;
      await appendFile(join(dir, MANIFEST_FILE), twice ? line + line : line);
    });
  const large = any.map(({ path, content }): Tampering => async (dir) => {
    const tenMegabytes = Buffer.concat([content, Buffer.alloc(10_000_000, " ")]);
    if (path === MANIFEST_FILE) await writeFile(join(dir, path), tenMegabytes);
    else await forge(dir, path, tenMegabytes);
  });
  const written = fc.oneof(
    { weight: 40, arbitrary: told("values", values) },
    { weight: 20, arbitrary: told("rows", rows) },
    { weight: 20, arbitrary: told("bytes", bytes) },
    { weight: 1, arbitrary: told("gzip bombs", gzipBombs) },
    { weight: 2, arbitrary: told("missing", missing) },
    { weight: 2, arbitrary: told("folder instead", folderInstead) },
    { weight: 3, arbitrary: told("foreign", foreign) },
    { weight: 3, arbitrary: told("listed", listed) },
    { weight: 1, arbitrary: told("large", large) },
  );
  // Last, as no other deed could read a pipe either.
  const linked = fc.oneof(told("link", replaced), told("folder linked", folderLinked));
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(written, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.tuple(linked) },
    { weight: 1, arbitrary: fc.tuple(written, linked) },
  );
}

/** A new copy of an intact record. */
export async function lay(intact: ReadonlyMap<string, Buffer>, dir: string): Promise<void> {
  for (const folder of new Set([...intact.keys()].map(dirname)))
    await mkdir(join(dir, folder), { recursive: true });
  await Promise.all([...intact].map(([path, content]) => writeFile(join(dir, path), content)));
}
