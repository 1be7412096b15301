import { fileURLToPath } from "node:url";
import { type LocatedPlan, type PlanRequest, readPlan } from "../../src/experiment/read-plan.js";

const experiments = fileURLToPath(new URL("../../experiments/", import.meta.url));
export const folders = { experiments, profiles: `${experiments}profiles` };

/** A plan of the experiments that the project ships. */
export const shippedPlan = (request: Partial<PlanRequest> = {}): Promise<LocatedPlan> =>
  readPlan({ experiments: ["handover"], profile: "modern", repeat: 1, seed: 7, ...request }, folders);

/** Of a plan that was asked for without more ado. */
export const asked = { only: null, repeat: 1, machines: null, capturePackets: false };

/** A machine that nobody else is on. */
export const nothingClaimed = () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
