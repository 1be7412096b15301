import { isDeepStrictEqual } from "node:util";
import type { CellRecord, RunRecord } from "../record/schema.js";
import { attest, writerFindings } from "./attestation.js";

/** What a cell's record says of itself and its own measurements don't, in words; none: it is consistent. */
export function inconsistencies(record: CellRecord, { profile }: RunRecord): string[] {
  const { attestation, status, reasons, parameters, evidence } = record;
  const found: string[] = [];
  if (attestation !== null) {
    const { before, after } = attestation;
    const anew = attest({ wan: parameters.wan, profile }, before, after);
    if (anew.verdict !== attestation.verdict) {
      found.push(
        `its attestation says ${attestation.verdict}, its measurements ${anew.verdict}${anew.findings.map((finding) => `: ${finding}`).join("")}`,
      );
    }
    // Findings are words, which may be other words tomorrow.
    const { expected, tolerance } = anew;
    if (!isDeepStrictEqual([attestation.expected, attestation.tolerance], [expected, tolerance])) {
      found.push("its attestation expects another link than its parameters say, or allows another tolerance");
    }
    if (anew.verdict === "invalid" && status === "ok")
      found.push("it is ok although its link is not attested");
  }
  const unlike = writerFindings(parameters.workload.writer, evidence?.writer);
  if (status === "ok" && unlike.length > 0) found.push(`it is ok although ${unlike.join("; ")}`);
  if ((status === "ok") !== (reasons.length === 0)) {
    found.push(`it is ${status} with ${reasons.length === 0 ? "no reason" : "reasons against it"}`);
  }
  return found;
}
