import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

/** A constant of the model: value, unit, and where it comes from. */
const quantity = <U extends string>(unit: U) =>
  z.strictObject({
    value: z.number().min(0),
    unit: z.literal(unit),
    kind: z.enum(["thesis", "kernel", "qemu", "measured", "assumption", "calibrated"]),
    source: z.string().min(3),
  });

const qemuLimits = { ioBufferBytes: quantity("bytes"), setupMs: quantity("ms") };
const pageTimes = { pageCopyUs: quantity("us/page"), zeroPageUs: quantity("us/page") };

export const simulationFileSchema = z.strictObject({
  calibration: z.strictObject({
    row: z.string(),
    totalTimeS: z.number(),
    downtimeMs: z.number(),
    parameters: z.array(z.string()),
  }),
  variants: z.array(
    z.strictObject({
      name: z.string(),
      profile: z.string(),
      knob: z.literal("link.burstBytes"),
      value: z.number(),
      source: z.string().min(3),
    }),
  ),
  path: z.strictObject({
    lineRateMbit: quantity("Mbit/s"),
    baseRttMs: quantity("ms"),
    lineQueuePackets: quantity("packets"),
    watchdogLatencyUs: quantity("us"),
    tapQueuePackets: quantity("packets"),
  }),
  tcp: z.strictObject({
    mssBytes: quantity("bytes"),
    dssOptionBytes: quantity("bytes"),
    initialWindow: quantity("segments"),
    gsoMaxBytes: quantity("bytes"),
    windowShare: quantity("ratio"),
    skbOverheadOff: quantity("ratio"),
    sentSkbOverheadOn: quantity("ratio"),
    receivedSkbOverheadOn: quantity("ratio"),
    staleLossCount: quantity("timeouts"),
    hz: quantity("Hz"),
  }),
  guest: z.strictObject({
    idleDirtyPagesPerS: quantity("pages/s"),
    dirtiedPerReceivedPage: quantity("pages/page"),
    workingSetMiB: quantity("MiB"),
    topExtentMiB: quantity("MiB"),
    usedSpreadMiB: quantity("MiB"),
  }),
  hypervisor: z.strictObject({
    deviceStateKiB: quantity("KiB"),
    deviceLoadMs: quantity("ms"),
    stopMs: quantity("ms"),
    jitter: quantity("ratio"),
    givesUpAfterPasses: quantity("passes"),
    "qemu-1.0": z.strictObject({ tickMs: quantity("ms"), ...qemuLimits, ...pageTimes }),
    modern: z.strictObject({
      bufferDelayMs: quantity("ms"),
      iterationMs: quantity("ms"),
      ...qemuLimits,
      ...pageTimes,
      announceRounds: quantity("rounds"),
    }),
  }),
  probe: z.strictObject({
    echoBytes: quantity("bytes"),
    probeIntervalMs: quantity("ms"),
    pingIntervalMs: quantity("ms"),
    pathPingIntervalMs: quantity("ms"),
    iperfIntervalMs: quantity("ms"),
    qmpIntervalMs: quantity("ms"),
    subflowIntervalMs: quantity("ms"),
  }),
});

export type SimulationFile = z.infer<typeof simulationFileSchema>;

type Values<T> = T extends { value: number } ? number : { readonly [K in keyof T]: Values<T[K]> };

/** The constants alone, as the model uses them. Units are in the names and in the file. */
export type SimulationParameters = Values<Omit<SimulationFile, "calibration" | "variants">>;

/** Where the file lies in the package, the same from src/ and from dist/. */
export const parametersPath = fileURLToPath(
  new URL("../../../experiments/simulation/parameters.yaml", import.meta.url),
);

export function readSimulationFile(): SimulationFile {
  return simulationFileSchema.parse(parse(readFileSync(parametersPath, "utf8")));
}

/** Strips units and sources. */
export function simulationParameters(file: SimulationFile = readSimulationFile()): SimulationParameters {
  const { path, tcp, guest, hypervisor, probe } = file;
  return valuesOf({ path, tcp, guest, hypervisor, probe }) as SimulationParameters;
}

function valuesOf(node: object): unknown {
  if ("value" in node) return node.value;
  return Object.fromEntries(
    Object.entries(node).map(([key, child]: [string, unknown]) => [key, valuesOf(child as object)]),
  );
}
