import { access } from "node:fs/promises";
import { z } from "zod";
import { readAtMost } from "../experiment/source-file.js";
import { Failure } from "../failure.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import { NAME_PATTERN } from "./message.js";
import { endpointText, MOST_PEERS, type Peers, peerSchema } from "./peers.js";

/** Ten times what the most peers take. */
const MAX_BYTES = 1024 * 1024;

/** The possible neighbour database of a cloudlet as a file. */
const databaseSchema = z.strictObject({
  schema: z.literal("cloudlet.neighbours/1"),
  /** Whose it is. */
  name: z.string().regex(NAME_PATTERN),
  writtenAt: z.iso.datetime(),
  peers: z
    .array(peerSchema)
    .max(MOST_PEERS)
    .refine((peers) => new Set(peers.map(endpointText)).size === peers.length, "each endpoint once"),
});

export interface Database {
  readonly name: string;
  readonly writtenAt: string;
  readonly peers: Peers;
}

/** Writes all of it or nothing: whenever the process is killed, the file is that of this round or of the one before. */
export async function writeDatabase(path: string, { peers, ...rest }: Database): Promise<void> {
  const written = { schema: "cloudlet.neighbours/1", ...rest, peers: [...peers.values()] };
  await writeFileAtomically(path, `${JSON.stringify(databaseSchema.parse(written), undefined, 2)}\n`);
}

/**
 * What a cloudlet knew when it was last alive; nothing where there is no file.
 *
 * @throws Failure (usage) when it is damaged, or another cloudlet's.
 */
export async function openDatabase(path: string, name: string): Promise<Peers> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return new Map();
  const database = await readDatabase(path);
  if (database.name === name) return database.peers;
  throw new Failure(`it is the database of ${database.name}`, {
    kind: "usage",
    place: path,
    mend: `name a file of ${name}'s own`,
  });
}

/** @throws Failure (usage) when there is none, or it is damaged. */
export async function readDatabase(path: string): Promise<Database> {
  const bytes = await readAtMost(path, MAX_BYTES + 1, "name the file of cloudlet neighbours run --db");
  const { name, writtenAt, peers } = parsed(path, bytes);
  return { name, writtenAt, peers: new Map(peers.map((peer) => [endpointText(peer), peer])) };
}

function parsed(path: string, bytes: Uint8Array): z.infer<typeof databaseSchema> {
  let why = `more than ${MAX_BYTES} bytes`;
  if (bytes.byteLength <= MAX_BYTES) {
    try {
      return databaseSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    } catch (error) {
      why =
        error instanceof z.ZodError
          ? `${error.issues[0]?.path.join(".") ?? ""}: ${error.issues[0]?.message ?? ""}`
          : "not JSON";
    }
  }
  throw new Failure(`no neighbour database: ${why}`, {
    kind: "usage",
    place: path,
    mend: "name another file; nothing in this one was changed",
  });
}
