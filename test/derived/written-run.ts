import { derive, writeDerived } from "../../src/derived/derive.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { openRecording } from "../../src/record/read.js";
import { RecordWriter } from "../../src/record/write.js";
import { type SyntheticCell, syntheticCell, syntheticRun } from "../record/synthetic.js";

/** The finished record of a made-up run. */
export async function writeRecord(dir: string, cells: readonly SyntheticCell[]): Promise<void> {
  const writer = await RecordWriter.create(dir, syntheticRun());
  for (const cell of cells) {
    const { record, series } = syntheticCell(cell);
    await writer.writeCell(record, series);
  }
  await writer.finish("2024-05-01T13:00:00Z");
}

/** The same with all that is derived of it beside it; the paths. */
export async function writeRun(dir: string, cells: readonly SyntheticCell[]): Promise<string[]> {
  await writeRecord(dir, cells);
  return await writeDerived(await derive(await measureRun(await openRecording(dir)), dir), dir);
}
