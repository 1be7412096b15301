/** How a person finds a response time (thesis Table 3.2, after Satyanarayanan et al. 2009). */
const classes = [
  { belowMs: 150, impression: "crisp" },
  { belowMs: 1000, impression: "noticeable to annoying" },
  { belowMs: 2000, impression: "annoying" },
  { belowMs: 5000, impression: "unacceptable" },
] as const;

export type Impression = (typeof classes)[number]["impression"] | "unusable";

/** The class of Table 3.2, which takes the network's RTT for the response time (3.4.4). Above 5 s: unusable. */
export const impressionOf = (rttMs: number): Impression =>
  classes.find(({ belowMs }) => rttMs < belowMs)?.impression ?? "unusable";
