/** A name for a run or a lab, from a random 32-bit number: seven letters and digits. */
export const runId = (random: number): string => random.toString(36).padStart(7, "0");
