/** Table 3.2 of the thesis [MaBa2009]: how a response time feels. */
export const responseClasses = [
  { name: "crisp", belowMs: 150 },
  { name: "noticeable to annoying", belowMs: 1000 },
  { name: "annoying", belowMs: 2000 },
  { name: "unacceptable", belowMs: 5000 },
  { name: "unusable", belowMs: Infinity },
] as const;

export type ResponseClass = (typeof responseClasses)[number]["name"];

/** The class of a response time, ms; as the thesis does, network RTT is taken for it (3.4.4). */
export function responseClassOf(responseMs: number): ResponseClass {
  return responseClasses.find(({ belowMs }) => responseMs < belowMs)?.name ?? "unusable";
}
