import type { CellRecording } from "../record/recording.js";
import type { MachineClocks } from "../record/schema.js";

/**
 * How far the stamps of a cloudlet's programs may be off the observer's clock, ms: 0 where all machines of the
 * testbed share one.
 */
export const clockBoundMs = ({ record }: CellRecording, cloudlet: keyof MachineClocks): number =>
  record.evidence?.clocks?.[cloudlet].boundMs ?? 0;
