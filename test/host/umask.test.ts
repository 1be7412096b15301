import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { forOwnerOnly } from "../../src/host/umask.js";

it("makes a socket that nobody else could use at any moment, and leaves the umask as it was", async () => {
  const dir = await mkdtemp(join(tmpdir(), "cloudlet-"));
  const server = createServer();
  // There is no reading it without setting it (Node's DEP0139).
  const before = process.umask(0o022);
  try {
    forOwnerOnly(() => server.listen(join(dir, "test.sock")));
    // Before anything else of this process had its turn.
    expect(statSync(join(dir, "test.sock")).mode & 0o077).toBe(0);
    expect(() =>
      forOwnerOnly(() => {
        throw new Error("no socket");
      }),
    ).toThrow("no socket");
    expect(process.umask(before)).toBe(0o022);
  } finally {
    server.close();
    await rm(dir, { recursive: true });
  }
});
