/** How long something will still take: `about 4 min left`, or `4 min to 1 h 20 min left` where it depends. */
export function timeLeftInWords(seconds: number, atMost: number): string {
  const [least, most] = [seconds, atMost].map(durationInWords);
  return least === most ? `about ${least ?? ""} left` : `${least ?? ""} to ${most ?? ""} left`;
}

/** A duration as a person says it: `45 s`, `4 min`, `1 h 20 min`. */
export function durationInWords(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
