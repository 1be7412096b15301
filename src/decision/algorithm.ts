import type { MigrationEstimate, Prediction } from "./estimator.js";
import type { Endless } from "./pre-copy.js";

/** Bounds of steps 3 and 4, ms: the first two of Table 3.2. */
const CRISP_MS = 150;
const NOTICEABLE_MS = 1000;

export interface Decision {
  readonly action: "migrate" | "start anew";
  /** The step of thesis 4.7 that decided. */
  readonly step: 3 | 4 | 5;
  /** Each step that was taken, with its numbers. */
  readonly steps: readonly { readonly step: number; readonly text: string }[];
}

/** What the algorithm is told of a user. */
export interface User {
  /** RTT between device and VM before the migration, ms. */
  readonly initialRttMs: number;
  /** From discovering the cloudlet to offloading (thesis 2.2.2), s. */
  readonly serviceInitiationS: number;
}

/**
 * The VM migration decision algorithm of thesis 4.7, as it is written there: a crisp RTT during the migration is
 * reason enough to migrate, however long it takes; a noticeable one only if the migration is quicker than a new service.
 */
export function decide(
  estimate: MigrationEstimate | Endless,
  { initialRttMs, serviceInitiationS }: User,
): Decision {
  if (estimate.kind === "endless") {
    const rate = (estimate.path.rateBytesPerS / 2 ** 20).toFixed(1);
    return {
      action: "start anew",
      step: 5,
      steps: [
        {
          step: 1,
          text: `the migration never ends: memory is written faster than ${rate} MiB/s can be made up for`,
        },
        { step: 5, text: "start a new service" },
      ],
    };
  }
  const { totalTimeS, deltaRttMs } = estimate;
  const rttMs = initialRttMs + deltaRttMs.value;
  const sum = `initial RTT ${inMs(initialRttMs)} + delta RTT ${inMs(deltaRttMs.value)} = ${inMs(rttMs)}`;
  const time = inS(totalTimeS.value);
  const initiation = inS(serviceInitiationS);
  const estimated = [
    { step: 1, text: `migration time ${time}${between(totalTimeS, inS)}` },
    { step: 2, text: `delta RTT ${inMs(deltaRttMs.value)}${between(deltaRttMs, inMs)}` },
  ];
  if (rttMs <= CRISP_MS) {
    const steps = [...estimated, { step: 3, text: `${sum}, at most ${CRISP_MS} ms: migrate` }];
    return { action: "migrate", step: 3, steps };
  }
  estimated.push({ step: 3, text: `${sum}, above ${CRISP_MS} ms` });
  const quicker = totalTimeS.value < serviceInitiationS;
  if (rttMs <= NOTICEABLE_MS && quicker) {
    const text = `at most 1 s, and ${time} is less than the service initiation time ${initiation}: migrate`;
    return { action: "migrate", step: 4, steps: [...estimated, { step: 4, text }] };
  }
  const text = quicker
    ? `${inMs(rttMs)} is above 1 s`
    : `${time} is not less than the service initiation time ${initiation}`;
  const steps = [...estimated, { step: 4, text }, { step: 5, text: "start a new service" }];
  return { action: "start anew", step: 5, steps };
}

const inMs = (ms: number): string => `${ms.toFixed(0)} ms`;
const inS = (seconds: number): string => `${seconds.toFixed(1)} s`;

function between({ interval }: Prediction, unit: (value: number) => string): string {
  return interval === null ? "" : `, 90 % between ${unit(interval.low)} and ${unit(interval.high)}`;
}
