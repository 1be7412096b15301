import { z } from "zod";

/** A name or an address as a resolver takes it. None begins with a dash, which a program would take for an option. */
export const hostSchema = z
  .string()
  .max(253)
  .regex(/^[0-9A-Za-z:][0-9A-Za-z.:_%-]*$/, "a host name or an IP address");

/** 5201 is where iperf3 listens when nobody tells it otherwise. */
export const portSchema = z.int().min(1).max(65_535).default(5201);

/** A survey as it is written in YAML: a list of hosts, and how long to ask each. */
export const surveySchema = z.strictObject({
  title: z.string().min(1),
  /** Echo requests to each host, one a second. */
  pings: z.int().min(1).max(3600).default(10),
  /** Seconds of TCP to each host. */
  iperfS: z.int().min(1).max(3600).default(10),
  hosts: z
    .array(
      z.strictObject({
        host: hostSchema,
        port: portSchema,
        /** Where it stands, for the table. */
        location: z.string().min(1).optional(),
      }),
    )
    .min(1)
    .refine(
      (hosts) => new Set(hosts.map(({ host, port }) => `${host} ${port}`)).size === hosts.length,
      "each host and port once",
    ),
});

const seconds = z.number();

export const hostMeasurementSchema = z.strictObject({
  host: hostSchema,
  port: z.int(),
  location: z.string().nullable(),
  /** Which of its addresses was measured; null: its name does not resolve. */
  address: z.string().nullable(),
  startedAt: z.iso.datetime(),
  /** null: ping could not ask. */
  ping: z
    .strictObject({
      sent: z.int(),
      /** RTT of each answered request, ms, in order. */
      rttsMs: z.array(z.number()),
    })
    .nullable(),
  /** A TCP stream from here to the host; null: there was none. */
  iperf: z
    .strictObject({
      receivedBytes: z.number(),
      receivedSeconds: seconds,
      retransmits: z.number().nullable(),
      intervals: z.array(z.strictObject({ startS: seconds, endS: seconds, bytes: z.number() })).readonly(),
    })
    .nullable(),
  /** Why something is missing, one line each. */
  errors: z.array(z.string()),
});
export type HostMeasurement = z.infer<typeof hostMeasurementSchema>;

/** survey.json: what was measured, as it was measured. */
export const surveyRecordSchema = z.strictObject({
  schema: z.literal("cloudlet.survey/1"),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  software: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
  /** e.g. { iperf3: "iperf 3.12", ping: "ping from iputils 20221126" } */
  versions: z.record(z.string(), z.string()),
  hosts: z.array(hostMeasurementSchema),
});
export type SurveyRecord = z.infer<typeof surveyRecordSchema>;
