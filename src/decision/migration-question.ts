/** What is known of a migration before it starts: the three factors of thesis 4.7, step 1. */
export interface MigrationQuestion {
  /** Link-layer rate between the two cloudlets, bit/s. */
  readonly rateBps: number;
  /** RTT between the cloudlets while nothing migrates, ms: with a short access link the thesis's initial RTT (4.6.2). */
  readonly rttMs: number;
  /** Memory in use inside the VM: what has to be sent at least once, MiB. */
  readonly memoryMiB: number;
  /** How fast the application writes memory, MiB/s. */
  readonly dirtyMiBPerS: number;
  /** Memory that it writes over and over, MiB: no round can find more of it dirty. */
  readonly workingSetMiB: number;
}

/** What a migration takes. */
export interface MigrationOutlook {
  /** Wall clock of the migrate command, s (thesis 4.2, item 3). */
  readonly totalTimeS: number;
  /** Network-layer downtime, ms (thesis 4.2, item 4, corrected for the queue). */
  readonly downtimeMs: number;
  /** Mean RTT during the migration less the initial RTT, ms (thesis 4.6.2). */
  readonly deltaRttMs: number;
}
