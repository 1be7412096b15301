import type { Profile } from "../experiment/schema.js";
import { measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";
import { type KnownMigration, knowledgeOf } from "./knowledge-base.js";

/**
 * The performance knowledge base of thesis 4.7: what is known of migrations under a profile from records of runs. Cloudlets
 * share what they know by sharing the folders.
 *
 * @throws Failure (record) for a folder that holds no sound record, or one of other settings.
 */
export async function readKnowledge(folders: readonly string[], profile: Profile): Promise<KnownMigration[]> {
  const known: KnownMigration[] = [];
  for (const folder of folders) {
    known.push(...knowledgeOf(await measureRun(await openRecording(folder)), profile, folder));
  }
  return known;
}
